namespace Avion.CudaTraining.Tests;

/// <summary>Runs whose steps are captured once as graphs and replayed have the losses and weights of runs that give every call singly.</summary>
public sealed class GraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("contrastive", 3, "train.undropped_epochs=0.6", "train.checkpoint_activations=1", "train.average_decay=0.9")]
    [InlineData("sigmoid", 6, "train.micro_batch_size=2")]
    [InlineData("retrieval", 3)]
    [InlineData("classification", 3)]
    [InlineData("masked-video", 3, "optimizer.kind=lion")]
    [InlineData("classification", 3, "train.devices=cuda:0,1")]
    public void Replayed_losses_and_weights_are_those_of_single_calls_to_the_last_bit(string kind, int fewestReplays, params string[] more)
    {
        string[] overrides = ["schedule.kind=cosine", "schedule.warmup_epochs=0.5", "train.epochs=2", .. more];
        (double[] expected, byte[] weights, (int Captured, int Launched) none) = Train(kind, "off", overrides);
        (double[] actual, byte[] same, (int Captured, int Launched) graphs) = Train(kind, "auto", overrides);
        Assert.Equal(10, expected.Distinct().Count());
        Assert.Equal(expected, actual);
        Assert.True(weights.AsSpan().SequenceEqual(same), "other weights");
        Assert.Equal((0, 0), none);
        Assert.InRange(graphs.Captured, 2, 16);
        Assert.InRange(graphs.Launched, graphs.Captured + fewestReplays, 100);
    }

    [Fact]
    public void A_step_that_cannot_be_captured_is_told_once_and_trained_call_by_call()
    {
        RecordingObserver observer = new();
        TrainingTasks.Add<WaitingTask>();
        (double[] losses, _, _) = Train("waiting", "auto", [], observer);
        Assert.Equal(BrightnessRun.StepsPerEpoch, losses.Distinct().Count());
        Assert.StartsWith("A step cannot be captured as a graph, so its work is given to the device call by call: cuStreamSynchronize failed: "
            + "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900)", Assert.Single(observer.Warnings));
    }

    private (double[] Losses, byte[] Weights, (int Captured, int Launched) Graphs) Train(string kind, string graphs, string[] overrides,
        RecordingObserver? observer = null)
    {
        string run = _folder.File($"{kind} {graphs}");
        string[] keys = ["train.devices=cuda", "train.precision=float32", $"train.graphs={graphs}", .. overrides];
        Recipe recipe = kind == "waiting"
            ? RecipeReader.Override(BrightnessRun.Recipe(run) with { Task = kind, Name = kind },
                ["checkpoint.every_steps=0", "evaluate.every_epochs=0", "train.epochs=1", .. keys])
            : TinyTraining.Recipe(kind, run, keys);
        TrainingData data = kind == "waiting" ? BrightnessRun.Data() with { Validation = null } : TinyTraining.Data(kind, _folder);
        using SimulatedTraining gpu = new(count: 2);
        TrainingOutcome outcome = TrainingRun.Start(recipe, new TrainingOptions
        {
            Data = kind is "contrastive" or "sigmoid" ? data with { Train = new CaptionsOfManyLengths(data.Train!) } : data,
            ComputeThreads = 1,
            Observer = observer ?? new RecordingObserver(),
        });
        Assert.True(gpu.IsLeftClean);
        string checkpoint = Path.Combine(run, "checkpoints", $"step-{outcome.Steps:D6}", CheckpointStore.ModelFile);

        // Behind a header of so many bytes, which names the recipe, the weights.
        byte[] file = File.ReadAllBytes(checkpoint);
        return (TinyTraining.Losses(run), file[(8 + BitConverter.ToInt32(file))..],
            (gpu.Simulated.Calls.GetValueOrDefault("cuStreamBeginCapture"), gpu.Simulated.Calls.GetValueOrDefault("cuGraphLaunch")));
    }

    /// <summary>Captions of one to six letters, so that batches have several numbers of tokens.</summary>
    private sealed class CaptionsOfManyLengths(IClipDataset clips) : IClipDataset
    {
        public int Count => clips.Count;

        public int LabelCount => clips.LabelCount;

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
        {
            clips.Draw(key, videos, request);
            request.Caption = Encoding.UTF8.GetBytes(new string((char)('a' + SyntheticClips.LevelOf(key.Index)), 1 + (key.Index % 6)));
        }

        public string Describe(in SampleKey key) => clips.Describe(key);
    }
}
