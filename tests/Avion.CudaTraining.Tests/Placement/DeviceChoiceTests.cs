namespace Avion.CudaTraining.Tests;

/// <summary>Which device a recipe or a command gets, with a GPU, with several, and without.</summary>
public sealed class DeviceChoiceTests
{
    private const string Missing = "There is no CUDA driver on this machine (libcuda.so.1 cannot be opened). Install NVIDIA's driver.";

    [Theory]
    [InlineData("auto", "auto", "cuda:0", ElementType.BFloat16, "there is a GPU")]
    [InlineData("cuda", "auto", "cuda:0", ElementType.BFloat16, "")]
    [InlineData("cuda:0", "float32", "cuda:0", ElementType.Float32, "")]
    [InlineData("cpu:2", "auto", "cpu:2", ElementType.Float32, "")]
    public void With_a_GPU(string devices, string precision, string chosen, ElementType type, string reason)
    {
        using SimulatedGpu gpu = new();
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(gpu.Driver));
        DeviceChoice choice = DeviceChoice.Of(RecipeFor(devices, precision));
        Assert.Equal((chosen, type, reason), (choice.Devices.ToString(), choice.ActivationType, choice.Reason));
        using Device device = choice.Open();
        Assert.Equal((type, type, choice.Devices.Kind == DeviceKind.Cuda),
            (device.ActivationType, choice.Describe(threads: 2).ActivationType, device is CudaDevice));
        Assert.Equal(device.AlignmentBytes, choice.Describe(threads: 2).AlignmentBytes);
    }

    [Fact]
    public void Of_several_GPUs_the_first_is_chosen_and_others_are_named()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(), new SimulatedDevice(90));
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(SimulatedDriver.Find)));
        DeviceChoice choice = DeviceChoice.Of(DeviceList.Auto);
        Assert.Equal("cuda:0 (auto: the first of 2 GPUs that can be used; --devices cuda:0,1 takes several), bf16", choice.Text);
        using Device second = DeviceChoice.Of(RecipeFor("cuda:1,0")).Open(rank: 0);
        Assert.Contains("cuda:1 (Simulated GPU 90", second.Name);
        DeviceMissingException error = Assert.Throws<DeviceMissingException>(() => DeviceChoice.Of(RecipeFor("cuda:0,2")));
        Assert.StartsWith("There is no GPU 2 on this machine, which has 2", error.Message);
    }

    [Fact]
    public void Several_GPUs_without_the_library_that_they_exchange_by_are_refused_before_anything_is_opened()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(), new SimulatedDevice());
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(name => name == "ncclAllReduce" ? 0 : SimulatedDriver.Find(name))));
        DeviceMissingException error = Assert.Throws<DeviceMissingException>(() => DeviceChoice.Of(RecipeFor("cuda:0,1")));
        Assert.Equal("NCCL has no function ncclAllReduce: it is older than NCCL 2.4. Update it.", error.Message);
        Assert.Equal("cuda:1, bf16", DeviceChoice.Of(RecipeFor("cuda:1")).Text);
    }

    [Fact]
    public void Products_of_float32_are_rounded_to_TF32_where_the_recipe_says_so_alone()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice());
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(SimulatedDriver.Find)));
        foreach ((string precision, bool usesTf32) in ((string, bool)[])[("tf32", true), ("float32", false), ("bf16", false)])
        {
            DeviceChoice choice = DeviceChoice.Of(RecipeFor("cuda", precision));
            Assert.EndsWith($", {precision}", choice.Text);
            using CudaDevice device = (CudaDevice)choice.First.Open();
            Assert.Equal(usesTf32, device.UsesTf32);
            Assert.Matches(usesTf32 ? @"^cuBLASLt [\d.]+ with TF32$" : @"^cuBLASLt [\d.]+$", device.Arithmetic.MatrixLibrary);
        }
    }

    [Fact]
    public void GPUs_that_are_too_old_are_passed_over_and_refused_by_name()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(75), new SimulatedDevice(86));
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(SimulatedDriver.Find)));
        Assert.Equal("cuda:1", DeviceChoice.Of(DeviceList.Auto).Devices.ToString());
        foreach (string devices in (string[])["cuda", "cuda:1,0"])
        {
            DeviceMissingException error = Assert.Throws<DeviceMissingException>(() => DeviceChoice.Of(RecipeFor(devices)));
            Assert.StartsWith("Device 0, Simulated GPU 75, has compute capability 7.5; Avion needs 8.0 or later", error.Message);
        }
    }

    [Fact]
    public void An_old_GPU_alone_leaves_the_processor()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(75));
        using IDisposable place = CudaLibraries.Replace(new CudaLibraries(new CudaDriver(SimulatedDriver.Find)));
        Assert.StartsWith("cpu (auto: device 0, Simulated GPU 75, has compute capability 7.5; Avion needs 8.0 or later",
            DeviceChoice.Of(DeviceList.Auto).Text);
    }

    [Fact]
    public void Without_a_GPU_the_processor_is_chosen_and_a_GPU_that_is_named_is_missing()
    {
        using IDisposable place = CudaLibraries.Replace(null, Missing);
        DeviceChoice choice = DeviceChoice.Of(RecipeFor("auto"));
        Assert.Equal("cpu (auto: there is no CUDA driver on this machine (libcuda.so.1 cannot be opened)), float32", choice.Text);
        Assert.Equal(Missing, Assert.Throws<DeviceMissingException>(() => DeviceChoice.Of(RecipeFor("cuda"))).Message);
    }

    [Theory]
    [InlineData("cpu", "leave it out, or train on a GPU (--device cuda).")]
    [InlineData("auto", "(--device cuda); here, there is no CUDA driver on this machine")]
    public void Without_a_GPU_there_is_no_TF32_to_train_in(string devices, string expected)
    {
        using IDisposable place = CudaLibraries.Replace(null, Missing);
        Recipe recipe = RecipeFor(devices, "tf32");
        RecipeException error = Assert.Throws<RecipeException>(() => DeviceChoice.Of(recipe));
        Assert.Contains("train.precision is tf32, and the processor computes in float32 or bf16", error.Message);
        Assert.Contains(expected, error.Message);

        // Weights that a GPU trained so can be used all the same.
        Assert.Equal(ElementType.Float32, DeviceChoice.ForEvaluation(DeviceList.Auto, recipe).ActivationType);
    }

    [Theory]
    [InlineData("train", "recipes/tiny/contrastive.yaml", "--device", "cuda")]
    [InlineData("plan", "recipes/tiny/contrastive.yaml", "--devices", "cuda:0,1")]
    [InlineData("bench", "step", "VideoMAE-B/16", "--device", "cuda", "--steps", "1")]
    public async Task A_command_that_is_to_run_on_a_GPU_says_what_is_missing(params string[] arguments)
    {
        using IDisposable place = CudaLibraries.Replace(null, Missing);
        using StringWriter error = new();
        string[] full = [.. arguments.Select(argument => argument.StartsWith("recipes/", StringComparison.Ordinal)
            ? Path.Combine(Repository.Root, argument) : argument)];
        int code = await CommandLineHost.RunAsync(CommandList.CreateRoot(), full, error, CancellationToken.None);
        Assert.Equal((3, Missing + Environment.NewLine), (code, error.ToString()));
    }

    private static Recipe RecipeFor(string devices, string precision = "auto") =>
        RecipeReader.Override(new Recipe(), [$"train.devices={devices}", $"train.precision={precision}"]);
}
