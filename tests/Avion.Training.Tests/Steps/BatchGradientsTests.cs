namespace Avion.Training.Tests;

/// <summary>The gradient of a batch in parts is that of the batch at once, in double precision and in float32.</summary>
public sealed class BatchGradientsTests
{
    private const int Clips = 12;

    private static readonly string[] s_drops = ["model.vision.patch_dropout=0.5", "model.vision.drop_path=0.3"];

    private static readonly StepContext s_context = new() { Seed = 7, Step = 5, Epoch = 1, StepInEpoch = 2, IsTraining = true };

    public static TheoryData<string, string[]> Variants => new()
    {
        { "contrastive", [] },
        { "contrastive", s_drops },
        { "contrastive", ["loss.local=false"] },
        { "contrastive", ["loss.kind=sigmoid", .. s_drops] },
        { "contrastive", ["train.freeze_logit_scale=true", "model.freeze=textual.*", .. s_drops] },
        { "contrastive", ["model.freeze=visual.*"] },
        { "retrieval", s_drops },
        { "retrieval", ["loss.kind=multi_similarity", "data.train.relevancy=some", "data.train.sentences=some"] },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Losses_over_pairs_have_the_gradient_of_the_whole_batch_in_any_number_of_parts(string task, string[] overrides)
    {
        Recipe recipe = RecipeOf(task, overrides);
        foreach (Device device in (Device[])[new ReferenceDevice(), new CpuDevice(2)])
        {
            using (device)
            {
                double tolerance = device is ReferenceDevice ? 1e-12 : 1e-5;
                AssertAsOneBatch(recipe, device, tolerance, [2, 4, 12], parts => Gradients(recipe, device, parts));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ranks_have_the_gradient_of_one_rank_with_the_whole_batch_in_double_precision(int parts)
    {
        foreach ((string task, string[] overrides) in Variants.Select(variant => variant.Data))
        {
            Recipe recipe = RecipeOf(task, overrides);
            using ReferenceDevice device = new();
            AssertAsOneBatch(recipe, device, 1e-12, [2, 3], ranks => GradientsOfRanks(recipe, ranks, parts));
        }
    }

    [Fact]
    public void Recomputed_blocks_change_no_bit_of_the_gradient_in_parts()
    {
        Recipe recipe = RecipeOf("contrastive", s_drops);
        using CpuDevice device = new(2);
        (_, double[] kept) = Gradients(recipe, device, parts: 3);
        (_, double[] recomputed) = Gradients(recipe, device, parts: 3, recomputes: true);
        Assert.Equal(kept, recomputed);
    }

    [Fact]
    public void A_loss_over_parts_alone_would_be_another_one()
    {
        // The test above tells something only if negatives from other parts matter.
        Recipe recipe = RecipeOf("contrastive");
        using ReferenceDevice device = new();
        (double whole, _) = Gradients(recipe, device, parts: 1);
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        using SyntheticBatch batch = task.CreateSyntheticBatch(Clips);
        using CaptionTable captions = new(device, task.Clips.ContextLength);
        using StepMeasurements measurements = new(device);
        using Tape tape = new(device);
        using BatchGradients half = new(task, tape, measurements, partCount: 1);
        half.Add(default, batch.Tensors.Part(0, Clips / 2, captions));
        double part = ReadLoss(measurements);
        Assert.True(Math.Abs(whole - part) > 0.05, $"The loss is {whole}, that of half the batch {part}.");
    }

    [Theory]
    [InlineData("all")]
    [InlineData("running_cell")]
    [InlineData("motion")]
    public void Means_over_samples_have_the_gradient_of_the_whole_batch(string decoderTokens)
    {
        Recipe recipe = RecipeReader.Override(TrainingTasks.Find("masked-video")!.NewRecipe(),
        [
            "model.frames=8", "model.image_size=16", "model.patch_size=8", "model.encoder.width=16", "model.encoder.layers=2",
            "model.encoder.heads=2", "model.decoder.width=8", "model.decoder.layers=1", "model.decoder.heads=2", "model.mask_ratio=0.5",
            "model.drop_path=0.3", $"model.decoder_tokens={decoderTokens}",
        ]);
        using ReferenceDevice device = new();
        AssertAsOneBatch(recipe, device, 1e-12, [2, 6], parts => Gradients(recipe, device, parts));
    }

    [Fact]
    public void Parts_take_less_memory_and_what_is_planned()
    {
        Recipe recipe = RecipeOf("contrastive", [.. s_drops, "model.vision.image_size=32", "model.vision.layers=4"]);
        using MemoryPlanner planner = new(recipe, threads: 2);
        Assert.Equal([1, 2, 3, 4, 6, 12], planner.PartCounts);
        IReadOnlyList<MemoryPlan> plans = planner.PartTable();
        Assert.All(plans.Zip(plans.Skip(1)), pair => Assert.True(pair.Second.StepBytes < pair.First.StepBytes));
        Assert.All(plans.Skip(1), plan => Assert.InRange((double)plan.StepFlops / plans[0].StepFlops, 1.25, 1.4));
        Assert.Equal((0, 2L * 2 * Clips * 16 * sizeof(float)), (plans[0].FeatureBytes, plans[1].FeatureBytes));
        foreach (MemoryPlan plan in plans)
        {
            using CpuDevice device = new(2);
            device.ResetCounters();
            long used = Run(recipe, device, plan.PartCount, recomputes: false, (_, tape) => tape.Arena.PeakBytes);
            Assert.InRange(plan.StepBytes, 0.99 * used, 1.01 * used);
            Assert.Equal(plan.StepFlops, device.FlopCount);
        }
    }

    private static Recipe RecipeOf(string task, params string[] overrides)
    {
        Recipe tiny = DualEncoderRunTests.TinyRecipe("unused");
        IEnumerable<string> sizes = RecipeSchema.Of(tiny).All.Where(key => key.Path.StartsWith("model.vision.", StringComparison.Ordinal)
            || key.Path.StartsWith("model.text.", StringComparison.Ordinal) || key.Path == "model.embedding_size")
            .Select(key => $"{key.Path}={key.ValueIn(tiny)}");
        return RecipeReader.Override(
            TrainingTasks.Find(task)!.NewRecipe(), [.. sizes, $"train.batch_size={Clips}", "train.seed=3", .. overrides]);
    }

    private static (double Loss, double[] Gradients) Gradients(Recipe recipe, Device device, int parts, bool recomputes = false) =>
        Run(recipe, device, parts, recomputes, (task, _) => Read(task.Model.Parameters.Gradients), out double loss) is var gradients
            ? (loss, gradients) : default;

    private static T Run<T>(Recipe recipe, Device device, int parts, bool recomputes, Func<TrainingTask, Tape, T> read) =>
        Run(recipe, device, parts, recomputes, read, out _);

    private static T Run<T>(
        Recipe recipe, Device device, int parts, bool recomputes, Func<TrainingTask, Tape, T> read, out double loss)
    {
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        task.Model.RecomputesBlocks = recomputes;
        using SyntheticBatch batch = task.CreateSyntheticBatch(Clips);
        using StepMeasurements measurements = new(device);
        using Tape tape = new(device);
        using BatchGradients gradients = new(task, tape, measurements, parts);
        gradients.Add(s_context, batch.Tensors);
        loss = ReadLoss(measurements) / (task is IFeatureTask ? 1 : parts);
        return read(task, tape);
    }

    private static (double Loss, double[] Gradients) GradientsOfRanks(Recipe recipe, int ranks, int parts)
    {
        using SharedMemoryGroup group = new(ranks);
        double[] losses = new double[ranks];
        double[][] gradients = new double[ranks][];
        Thread[] threads = [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() => RunRank(rank)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return (losses.Average(), gradients[0]);

        void RunRank(int rank)
        {
            using ReferenceDevice device = new();
            Communicator communicator = group.Join(rank, device);
            using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
            using SyntheticBatch all = task.CreateSyntheticBatch(Clips);
            using RankBatch own = new(device, all.Tensors, rank, ranks);
            using StepMeasurements measurements = new(device);
            using Tape tape = new(device);
            using BatchGradients step = new(task, tape, measurements, parts);
            step.Add(s_context with { Communicator = communicator }, own.Tensors, 1.0 / ranks);
            communicator.AllReduceSum(task.Model.Parameters.Gradients);
            (losses[rank], gradients[rank]) = (ReadLoss(measurements), Read(task.Model.Parameters.Gradients));
            group.Leave(rank);
        }
    }

    private static double ReadLoss(StepMeasurements measurements) => Read(measurements.Loss)[0];

    private static unsafe double[] Read(Tensor tensor) => [.. Enumerable.Range(0, (int)tensor.Count).Select(i =>
        tensor.Type == ElementType.Float64 ? ((double*)tensor.Data)[i] : ((float*)tensor.Data)[i])];

    /// <summary>Loss and gradient of a batch in each of some divisions are those of the batch at once.</summary>
    private static void AssertAsOneBatch(
        Recipe recipe, Device device, double tolerance, int[] divisions, Func<int, (double Loss, double[] Gradients)> divided)
    {
        (double loss, double[] expected) = Gradients(recipe, device, parts: 1);
        Assert.Contains(expected, value => value != 0);
        foreach (int division in divisions)
        {
            (double lossOfAll, double[] actual) = divided(division);
            Assert.Equal(loss, lossOfAll, tolerance * loss);
            AssertClose(expected, actual, tolerance);
        }
    }

    /// <summary>Distance beside length, over all gradients together.</summary>
    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        double distance = Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum());
        double length = Math.Sqrt(expected.Sum(value => value * value));
        Assert.True(distance <= tolerance * length, $"The gradients differ by {distance / length:G3} of their length.");
    }
}
