namespace Avion.CudaTraining.Tests;

/// <summary>What a training takes of a GPU's memory is known before its first step, and refused where there is not so much.</summary>
public sealed class GpuMemoryTests
{
    [Fact]
    public void A_training_that_a_GPU_has_no_memory_for_is_refused_with_what_fits()
    {
        Recipe recipe = RecipeReader.Override(RecipeReader.ReadFile(Repository.Path("recipes", "demo.yaml")),
            ["train.devices=cuda:0", "train.batch_size=512"]);
        using MemoryPlanner planner = new(recipe, DeviceDescription.Cuda(), evaluates: false);
        MemoryPlan none = planner.With(0), all = planner.With(planner.BlockCount);

        // With room for half of what a step takes beside what does not depend on the batch.
        long fixedBytes = none.TotalBytes - none.StepBytes - none.BatchBytes, room = fixedBytes + ((all.StepBytes + all.BatchBytes) / 2);
        using SimulatedGpu gpu = new(new SimulatedDevice(MemoryBytes: (long)(room / 0.92)));
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(gpu.Driver));
        RecipeException error = Assert.Throws<RecipeException>(() => MemoryBudget.Choose(recipe, evaluates: false));
        string expected = "training needs at least .*iB where .* blocks are recomputed .*: weights .*, gradients .*, optimizer .*, activations .*, "
            + "workspace .*, batches .*; but a GPU has .* for training \\(92 ?% of its .*\\)\\. It fits where .* parts of [0-9]+: set "
            + "train.micro_batch_size=auto\\. With train.checkpoint_activations=auto, train.batch_size=[0-9]+ fits";
        Assert.True(System.Text.RegularExpressions.Regex.IsMatch(error.Message, expected), error.Message);
        string fits = error.Message.Split("train.batch_size=")[1].Split(' ')[0];
        Assert.InRange(int.Parse(fits, CultureInfo.InvariantCulture), 200, 300);
        MemoryPlan plan = MemoryBudget.Choose(RecipeReader.Override(recipe, [$"train.batch_size={fits}"]), evaluates: false);
        Assert.True(plan.TotalBytes <= room);
        MemoryPlan inParts = MemoryBudget.Choose(RecipeReader.Override(recipe, ["train.micro_batch_size=auto"]), evaluates: false);
        Assert.True(inParts.TotalBytes <= room && inParts.PartCount > 1);
    }

    [Fact]
    public void A_plan_knows_the_memory_of_the_card_that_would_train()
    {
        Recipe recipe = RecipeReader.ReadFile(Repository.Path("recipes", "demo.yaml"));
        using (CudaLibraries.Replace(null, "There is no driver."))
        {
            Assert.Equal([0L, 0L], new[] { "auto", "cuda:0" }.Select(devices =>
                DeviceChoice.GpuMemoryBytes(RecipeReader.Override(recipe, [$"train.devices={devices}"]))));
        }

        using SimulatedGpu gpu = new(new SimulatedDevice(MemoryBytes: 3L << 30));
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(gpu.Driver));
        Assert.Equal([3L << 30, 3L << 30, 3L << 30], new[] { "auto", "cpu", "cuda:0" }.Select(devices =>
            DeviceChoice.GpuMemoryBytes(RecipeReader.Override(recipe, [$"train.devices={devices}"]))));
    }

    [Fact]
    public void A_training_does_not_begin_where_others_use_the_memory()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeReader.Override(RecipeReader.ReadFile(Repository.Path("recipes", "demo.yaml")),
            ["train.devices=cuda:0", "output.folder=" + folder.File("run")]);
        using SimulatedGpu gpu = new();
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(gpu.Driver));
        (long free, long total) = gpu.Current().MemoryInformation();
        nint others = gpu.Driver.Allocate(total - (1 << 20));
        RunException error = Assert.Throws<RunException>(
            () => TrainingRun.Start(recipe, new TrainingOptions { Data = SyntheticClips.Data(train: 50) }));
        Assert.Matches("cuda:0 .* has 1\\.0 MiB of memory free, and training needs .* of it: other programs use the rest", error.Message);
        gpu.Driver.Free(others);
    }

    [Fact]
    public void A_GPU_holds_two_batches_and_the_host_those_that_are_read_ahead()
    {
        Recipe recipe = RecipeReader.ReadFile(Repository.Path("recipes", "demo.yaml"));
        using MemoryPlanner gpu = new(recipe, DeviceDescription.Cuda(), evaluates: false);
        using MemoryPlanner processor = new(recipe, DeviceDescription.Cpu(1), evaluates: false);
        MemoryPlan there = gpu.With(0), here = processor.With(0);
        Assert.Equal((here.BatchBytes, 0), (there.HostBatchBytes, here.HostBatchBytes));
        Assert.Equal(here.BatchBytes / 2, there.BatchBytes);
        Assert.Equal(there.TotalBytes, there.ParameterBytes + there.GradientBytes + there.OptimizerBytes + there.StepBytes + there.BatchBytes
            + there.ScratchBytes);
        Assert.Contains("of the host's for batches read ahead)", there.BytesText);
    }
}
