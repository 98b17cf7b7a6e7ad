namespace Avion.CudaTraining.Tests;

/// <summary>Warm steps on a GPU take no memory: neither of the managed heap, on any thread, nor of the device.</summary>
public sealed class StepAllocationTests
{
    [Theory]
    [InlineData("contrastive")]
    [InlineData("sigmoid", "train.micro_batch_size=2")]
    [InlineData("retrieval", "train.average_decay=0.9")]
    [InlineData("classification")]
    [InlineData("videomae classification")]
    [InlineData("masked-video", "train.checkpoint_activations=true")]
    public void A_warm_step_allocates_nothing(string kind, params string[] overrides)
    {
        const int WindowSteps = 20;
        using TemporaryFolder folder = new();
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(IdleDriver.Find)));
        (long Managed, long Device) before = default, fewest = (long.MaxValue, long.MaxValue);
        RecordingObserver observer = new(step =>
        {
            if (step % WindowSteps == 0)
            {
                (long managed, long device) = (GC.GetTotalAllocatedBytes(precise: true) - before.Managed, IdleDriver.Allocations - before.Device);
                fewest = step > WindowSteps ? (Math.Min(fewest.Managed, managed), Math.Min(fewest.Device, device)) : fewest;
                before = (GC.GetTotalAllocatedBytes(precise: true), IdleDriver.Allocations);
            }
        });
        TrainingOutcome outcome = TrainingRun.Start(
            TinyTraining.Recipe(kind, folder.File("run"), ["train.devices=cuda", "train.epochs=24", .. overrides]),
            new TrainingOptions { Data = TinyTraining.Data(kind, folder), Observer = observer });
        Assert.Equal((120, 0), (outcome.Steps, outcome.SkippedSteps));
        Assert.Equal((0, 0), fewest);
    }
}
