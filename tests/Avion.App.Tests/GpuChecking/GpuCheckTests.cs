using System.CommandLine;

namespace Avion.App.Tests;

/// <summary>Tests that replace the process's standard output, or whose simulated driver is the only one.</summary>
[CollectionDefinition(nameof(GpuCheckTests), DisableParallelization = true)]
public sealed class GpuCheckCollection;

/// <summary>`avion gpu-check` on a simulated GPU, and where there is none.</summary>
[Collection(nameof(GpuCheckTests))]
public sealed class GpuCheckTests
{
    [Fact]
    public async Task Without_a_GPU_it_ends_with_3_and_says_what_is_missing_in_one_sentence()
    {
        Assert.SkipWhen(CudaDriver.TryLoad(out _, out _), "this machine has a GPU");
        ProcessResult result = await AvionProgram.RunAsync("gpu-check");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("CUDA driver", result.Error);
        Assert.Single(result.Error.Trim().Split('\n'));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task On_a_simulated_GPU_every_part_of_the_check_runs()
    {
        // Too little for the first batch size of the dual encoder.
        using SimulatedDriver simulated = new(new SimulatedDevice(MemoryBytes: 1 << 30)) { CollectsStatistics = false };
        GpuPlace place = PlaceOf(simulated);
        (int exitCode, string output, string error) = await RunAsync((place, Tiny), "--json");
        Assert.True(exitCode == 0, error);
        Assert.Matches("^[0-9]+ right, 0 failed", error);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement root = document.RootElement;
        Assert.Equal("Simulated GPU 80", root.GetProperty("device").GetString());
        Assert.All(root.GetProperty("kernels").EnumerateArray(), kernel =>
        {
            Assert.InRange(kernel.GetProperty("registers").GetInt32(), 1, 255);
            Assert.Equal(0, kernel.GetProperty("local_bytes").GetInt32());
            Assert.Equal(0, kernel.GetProperty("spilled_bytes").GetInt32());
        });

        Assert.InRange(Named(root, "operations", "LayerNorm bfloat16").GetProperty("maximum_error").GetDouble(), 1e-9, 0.02);
        Assert.True(Named(root, "ceilings", "copy on the device").GetProperty("gigabytes_per_second").GetDouble() > 0);
        Assert.True(Named(root, "rates", "LayerNorm.Backward").GetProperty("share_of_copy").GetDouble() > 0);

        Assert.All(root.GetProperty("step").EnumerateArray(), step =>
        {
            Assert.Equal(2, step.GetProperty("clips_per_step").GetInt32());
            Assert.True(step.GetProperty("clips_per_second").GetDouble() > 0);
            Assert.InRange(step.GetProperty("loss").GetDouble(), 0.01, 10);
            Assert.InRange(step.GetProperty("model_flop_utilisation").GetDouble(), 1e-12, 1);
        });
        Assert.Equal(2, root.GetProperty("step").GetArrayLength());

        (int again, string table, _) = await RunAsync((place, Tiny with { Items = [.. KernelItems.All.Take(3), .. CeilingItems.For(8192, 16)] }), "");
        Assert.Equal(0, again);
        Assert.Contains("adamw_f32", table);
        Assert.Contains("tiny classifier", table);
    }

    [Fact]
    public async Task A_kernel_that_takes_the_device_with_it_is_named_and_ends_the_process_alone()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice()) { CollectsStatistics = false };
        GpuCheckItem lost = new(GpuCheckPart.Operations, "lost", devices =>
        {
            devices.Of(ElementType.BFloat16).FillRamp(Tensor.Wrap(0x40, new Shape(8), ElementType.Int32), 0, 1);
            devices.Of(ElementType.BFloat16).Synchronize();
            return [];
        });
        GpuCheckItem wrong = new(GpuCheckPart.Operations, "wrong", _ => throw new InvalidOperationException("expected 1, got 2"));
        GpuCheckItem right = new(GpuCheckPart.Operations, "right", _ => [GpuFinding.Good(GpuCheckPart.Operations, "right", "")]);
        (int exitCode, _, string error) =
            await RunAsync((PlaceOf(simulated), new GpuCheckScale { Items = [wrong, right, lost, right], Trainings = [] }), "");
        Assert.Equal(1, exitCode);
        Assert.Contains("FAILED wrong: expected 1, got 2", error);
        Assert.Matches("FAILED lost: .*Kernel ramp", error);
        Assert.Contains("There was no time for right", error);
        Assert.Contains("1 right, 2 failed", error);
    }

    [Fact]
    public async Task A_number_that_no_GPU_has_is_told()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice());
        foreach (Command command in (Command[])[GpuCheckCommand.Create((PlaceOf(simulated), Tiny)), BenchTilesCommand.Create(place: PlaceOf(simulated))])
        {
            (int exitCode, _, string error) = await RunAsync(command, "--device", "1");
            Assert.Equal(2, exitCode);
            Assert.Contains("--device is 1, expected 0 to 0", error);
        }
    }

    [Fact]
    public async Task Bench_tiles_times_every_shape_and_writes_the_fastest_where_devices_read_them()
    {
        using TemporaryFolder folder = new();
        using SimulatedDriver simulated = new(new SimulatedDevice()) { CollectsStatistics = false };
        Environment.SetEnvironmentVariable("AVION_CUDA_TILES", folder.File("below", "tiles.json"));
        try
        {
            GpuPlace place = PlaceOf(simulated);
            Command command = BenchTilesCommand.Create(device => new TileSearch(device, (opCase, _) => Small(opCase), 1, 1024), place);
            (int exitCode, string output, string error) = await RunAsync(command, "--json", "--write");
            Assert.True(exitCode == 0, error);
            using JsonDocument document = JsonDocument.Parse(output);
            JsonElement[] shapes = [.. document.RootElement.GetProperty("shapes").EnumerateArray()];
            Assert.Equal(11, shapes.Length);
            Assert.All(shapes, shape => Assert.True(shape.GetProperty("milliseconds").GetDouble() > 0));
            Assert.Equal(4, shapes.Count(shape => shape.GetProperty("in_use").GetBoolean()));

            using JsonDocument written = JsonDocument.Parse(File.ReadAllText(folder.File("below", "tiles.json")));
            foreach (JsonElement fastest in shapes.Where(shape => shape.GetProperty("fastest").GetBoolean()))
            {
                Assert.Equal(fastest.GetProperty("value").GetInt32(),
                    written.RootElement.GetProperty("8.0").GetProperty(fastest.GetProperty("shape").GetString()!).GetInt32());
            }

            (_, string again, _) = await RunAsync(command, "--json");
            using JsonDocument read = JsonDocument.Parse(again);
            Assert.Equal(
                shapes.Where(shape => shape.GetProperty("fastest").GetBoolean()).Select(shape => shape.GetProperty("value").GetInt32()),
                read.RootElement.GetProperty("shapes").EnumerateArray().Where(shape => shape.GetProperty("in_use").GetBoolean())
                    .Select(shape => shape.GetProperty("value").GetInt32()));
        }
        finally
        {
            Environment.SetEnvironmentVariable("AVION_CUDA_TILES", null);
        }
    }

    private static GpuCheckScale Tiny => new()
    {
        Items =
        [
            .. KernelItems.All, .. OperationItems.For(opCase => [Small(opCase)]), .. CeilingItems.For(8192, 16),
            .. RateItems.For(runs: 1, choose: (opCase, _) => Small(opCase), leadBytes: 1024),
        ],
        Trainings =
        [
            (TrainingTasks.Find(ClassificationTask.Name)!.NewRecipe() with
            {
                Name = "tiny classifier", Options = new ClassificationOptions { Vision = s_vision, Classes = 5 },
            }, [2]),
            (StepItems.DualEncoder with
            {
                Name = "tiny dual encoder",
                Options = StepItems.DualEncoder.OptionsOf<ContrastiveOptions>() with
                {
                    EmbeddingSize = 16, Vision = s_vision,
                    Text = new TextOptions { ContextLength = 6, VocabularySize = 16, Width = 16, Layers = 1, Heads = 2 },
                },
            }, [1 << 20, 2]),
        ],
        StepCount = 1,
    };

    private static readonly VisionOptions s_vision = new() { Frames = 2, ImageSize = 8, PatchSize = 4, Width = 16, Layers = 1, Heads = 2 };

    // The first size of many cases is an empty one.
    private static OpSize Small(OpCase opCase) => opCase.Sizes[Math.Min(1, opCase.Sizes.Count - 1)];

    private static GpuPlace PlaceOf(SimulatedDriver simulated)
    {
        Assert.NotEmpty(simulated.Devices);
        CudaDriver driver = new(SimulatedDriver.Find);
        return new GpuPlace(driver, (ordinal, type) => new CudaDevice(driver, ordinal, type));
    }

    private static JsonElement Named(JsonElement root, string part, string name) =>
        root.GetProperty(part).EnumerateArray().First(finding => finding.GetProperty("name").GetString() == name);

    private static Task<(int ExitCode, string Output, string Error)> RunAsync((GpuPlace, GpuCheckScale) here, params string[] arguments) =>
        RunAsync(GpuCheckCommand.Create(here), arguments);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(Command command, params string[] arguments)
    {
        TextWriter standardOutput = Console.Out, standardError = Console.Error;
        using StringWriter output = new(), error = new();
        try
        {
            Console.SetOut(output);
            Console.SetError(error);
            int exitCode = await CommandLineHost.RunAsync(new RootCommand { command },
                [command.Name, .. arguments.Where(argument => argument.Length > 0)], error, CancellationToken.None);
            return (exitCode, output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(standardOutput);
            Console.SetError(standardError);
        }
    }
}
