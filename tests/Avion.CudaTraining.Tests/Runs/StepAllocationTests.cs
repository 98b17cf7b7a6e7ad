namespace Avion.CudaTraining.Tests;

/// <summary>Warm steps on a GPU take no memory: neither of the managed heap, on any thread, nor of the device.</summary>
public sealed class StepAllocationTests
{
    [Theory]
    [InlineData("contrastive")]
    [InlineData("contrastive", "train.devices=cuda:0,1")]
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

    /// <summary>Where a step is not replayed as a graph, such as between the exchanges of several GPUs.</summary>
    [Theory]
    [InlineData("contrastive")]
    [InlineData("sigmoid")]
    [InlineData("retrieval")]
    [InlineData("classification")]
    [InlineData("videomae classification")]
    [InlineData("masked-video")]
    public void No_kernel_call_allocates(string kind)
    {
        using TemporaryFolder folder = new();
        using CudaDevice device = new(new CudaDriver(IdleDriver.Find));
        Recipe recipe = TinyTraining.Recipe(kind, folder.File("run"));
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        using Optimizer optimizer = Optimizer.Create(recipe.Optimizer, task.Model.Parameters, device);
        using SyntheticBatch batch = task.CreateSyntheticBatch(recipe.Train.BatchSize);
        using TrainStep step = new(task, optimizer, normBound: 1, new SingleRank(device));
        AllocationsByCall allocations = new();
        device.Trace = allocations;
        for (int i = 0; i < 4; i++)
        {
            allocations.Clear();
            step.Run(batch, new StepContext { Seed = 3, Step = i }, new StepSettings(1e-3));
            step.TryTake(out _);
        }

        device.Trace = null;
        Assert.Empty(allocations.Found);
    }

    private sealed class AllocationsByCall : IOperationTrace
    {
        private readonly Stack<(string Operation, long Before)> _open = new(64);

        public Dictionary<string, long> Found { get; } = [];

        public void Clear() => Found.Clear();

        public void Begin(string operation, long flops, long bytes) => _open.Push((operation, GC.GetAllocatedBytesForCurrentThread()));

        public void End()
        {
            (string operation, long before) = _open.Pop();
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (bytes > 0)
            {
                Found[operation] = Found.GetValueOrDefault(operation) + bytes;
            }
        }

        public void BeginPhase(string name)
        {
        }

        public void EndPhase()
        {
        }
    }
}
