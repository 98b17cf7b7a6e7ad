namespace Avion.App.Tests;

public sealed class PlanTests
{
    [Fact]
    public async Task A_plan_lists_every_number_of_recomputed_blocks_and_chooses_the_smallest_that_fits()
    {
        string recipe = Repository.Path("recipes", "demo.yaml");
        using JsonDocument free = JsonDocument.Parse((await AvionProgram.RunAsync("plan", recipe, "--json")).Output);
        JsonElement[] plans = [.. free.RootElement.GetProperty("plans").EnumerateArray()];
        Assert.Equal(Enumerable.Range(0, 7), plans.Select(plan => plan.GetProperty("recomputed_blocks").GetInt32()));
        Assert.Equal(0, free.RootElement.GetProperty("recomputed_blocks").GetInt32());

        long budget = plans[2].GetProperty("total_bytes").GetInt64();
        ProcessResult within =
            await AvionProgram.RunAsync("plan", recipe, "--memory", budget.ToString(CultureInfo.InvariantCulture), "--json");
        using JsonDocument chosen = JsonDocument.Parse(within.Output);
        Assert.Equal((0, 2), (within.ExitCode, chosen.RootElement.GetProperty("recomputed_blocks").GetInt32()));
    }

    [Theory]
    [InlineData(1, "Not even all blocks", "1MiB")]
    [InlineData(2, "expected a size with its unit, such as 24GiB", "much")]
    [InlineData(2, "--memory is '24', expected a size with its unit, such as 24GiB.", "24")]
    [InlineData(2, "--memory is '81559', expected a size with its unit", "81559")]
    [InlineData(0, "yes: chosen", "2GiB")]
    public async Task A_budget_decides_the_exit_code(int exitCode, string text, string budget)
    {
        ProcessResult result = await AvionProgram.RunAsync("plan", Repository.Path("recipes", "demo.yaml"), "--memory", budget);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(text, result.Output + result.Error);
    }

    private static readonly Dictionary<string, string?> s_noGpu = new() { ["CUDA_VISIBLE_DEVICES"] = "" };

    /// <summary>The host's memory is not that of a card.</summary>
    [Fact]
    public async Task A_plan_for_a_card_that_is_not_there_is_not_judged_without_its_memory()
    {
        string[] plan = ["plan", Repository.Path("recipes", "ek100-cls-vitb16.yaml"), "--for", "cuda"];
        ProcessResult free = await AvionProgram.RunAsync(plan, s_noGpu);
        Assert.Equal(0, free.ExitCode);
        Assert.Contains("Give the memory of the one that trains, such as --memory 24GiB.", free.Output);
        Assert.DoesNotContain("within", free.Output);
        using JsonDocument json = JsonDocument.Parse((await AvionProgram.RunAsync([.. plan, "--json"], s_noGpu)).Output);
        Assert.False(json.RootElement.TryGetProperty("fits", out _) || json.RootElement.TryGetProperty("budget_bytes", out _));
        Assert.True(json.RootElement.GetProperty("plans").GetArrayLength() > 1);
    }

    [Theory]
    [InlineData("ek100-cls-vitb16.yaml")]
    [InlineData("ek100-cls-vitl14.yaml")]
    public async Task A_published_batch_comes_in_parts_on_a_smaller_card_as_its_recipe_says(string name)
    {
        string recipe = Repository.Path("recipes", name);
        Assert.Contains("--set train.micro_batch_size=auto computes the batch in parts", File.ReadAllText(recipe));
        string[] plan = ["plan", recipe, "--for", "cuda", "--memory", "24GiB", "--json"];
        Assert.Equal(1, (await AvionProgram.RunAsync(plan)).ExitCode);
        ProcessResult parts = await AvionProgram.RunAsync([.. plan, "--set", "train.micro_batch_size=auto"]);
        using JsonDocument json = JsonDocument.Parse(parts.Output);
        Assert.Equal(0, parts.ExitCode);
        Assert.InRange(json.RootElement.GetProperty("micro_batch_size").GetInt32(), 1, 256);
    }

    [Fact]
    public async Task A_benchmark_tells_what_eliminations_save_and_traces_when_asked()
    {
        using TemporaryFolder folder = new();
        ProcessResult result =
            await AvionProgram.RunAsync("bench", "step", Repository.Path("recipes", "demo.yaml"), "--set", "train.batch_size=2", "--steps",
                "1", "--json", "--trace", folder.File("traces"));
        Assert.Equal(0, result.ExitCode);
        using JsonDocument figures = JsonDocument.Parse(result.Output);
        JsonElement flops = figures.RootElement.GetProperty("flops");
        double saved = flops.GetProperty("saved_gigaflop").EnumerateObject().Sum(saving => saving.Value.GetDouble());
        Assert.Equal(flops.GetProperty("naive_gigaflop").GetDouble(), flops.GetProperty("needed_gigaflop").GetDouble() + saved, 1e-9);
        using JsonDocument timeLine = JsonDocument.Parse(File.ReadAllBytes(folder.File("traces", "trace.json")));
        Assert.True(timeLine.RootElement.GetProperty("traceEvents").GetArrayLength() > 100);
        Assert.Contains("all kernels", File.ReadAllText(folder.File("traces", "trace.txt")));
    }

    [Fact]
    public async Task A_plan_for_a_graphics_processor_halves_activations_and_keeps_gradients_and_states()
    {
        string recipe = Repository.Path("recipes", "demo.yaml");
        JsonElement[] plans = new JsonElement[2];
        foreach ((int i, string device) in new[] { (0, "cuda-float32"), (1, "cuda") })
        {
            using JsonDocument plan = JsonDocument.Parse((await AvionProgram.RunAsync("plan", recipe, "--for", device, "--json")).Output);
            plans[i] = plan.RootElement.GetProperty("plans")[0].Clone();
        }

        long[] Bytes(string name) => [.. plans.Select(plan => plan.GetProperty(name).GetInt64())];
        Assert.Equal(Bytes("gradient_bytes")[0], Bytes("gradient_bytes")[1]);
        Assert.Equal(Bytes("optimizer_bytes")[0], Bytes("optimizer_bytes")[1]);
        Assert.All(Bytes("scratch_bytes"), bytes => Assert.InRange(bytes, 64 << 20, 128 << 20));
        Assert.All(Bytes("batch_bytes").Zip(Bytes("host_batch_bytes")), batch => Assert.InRange(batch.First, 1, batch.Second - 1));
        Assert.Equal(Bytes("parameter_bytes")[0] * 3 / 2, Bytes("parameter_bytes")[1]);
        Assert.InRange(Bytes("step_bytes")[1] / (double)Bytes("step_bytes")[0], 0.5, 0.6);
        ProcessResult unknown = await AvionProgram.RunAsync("plan", recipe, "--for", "tpu");
        Assert.Equal((2, true), (unknown.ExitCode, unknown.Error.Contains("expected cpu, cpu-bf16, cuda or cuda-float32", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_measured_plan_has_rates_of_clips_that_are_read_and_hours_that_follow_from_them()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(0, (await AvionProgram.RunAsync("demo", "--data-only", "--quick", "--output", folder.File("demo"))).ExitCode);
        string[] plan =
        [
            "plan", Repository.Path("recipes", "demo.yaml"), "--measure", "--seconds", "6", "--device", "cpu", "--set", $"output.folder={folder.File("run")}",
            .. new[] { "train", "validation" }.SelectMany(split => new[]
            {
                "--set", $"data.{split}.videos={folder.File("demo", "data", "videos")}", "--set", $"data.{split}.annotations={folder.File("demo", "data", split + ".csv")}",
            }),
        ];
        string[] before = Directory.GetFileSystemEntries(folder.FullName, "*", SearchOption.AllDirectories);
        ProcessResult result = await AvionProgram.RunAsync([.. plan, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Measuring reading", result.Error);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(folder.FullName, "*", SearchOption.AllDirectories).Order());
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement measured = json.RootElement.GetProperty("measured");
        JsonElement reading = measured.GetProperty("reading").GetProperty("first_time"), steps = measured.GetProperty("steps");
        Assert.Equal(reading.GetProperty("clips").GetInt64() / reading.GetProperty("seconds").GetDouble(), measured.GetProperty("reading_clips_per_second").GetDouble(), 1e-6);

        // By hand: steps of 32 clips in 24 epochs of the clips that the annotations list.
        int clips = File.ReadLines(folder.File("demo", "data", "train.csv")).Count(line => line.Length > 0) - 1;
        Assert.Equal(clips / 32 * 32 * 24, measured.GetProperty("clips").GetInt64());
        // On a busy machine fewer clips a step are measured: a clip's time then changes by what it takes in steps alone.
        double step = steps.GetProperty("clips_per_step").GetInt32(), alone = Mean("alone_seconds") / step;
        double rate = 1 / ((Mean("together_seconds") / step) + (alone * (steps.GetProperty("operation_ratio").GetDouble() - 1)));
        Assert.Equal(1, rate / measured.GetProperty("together_clips_per_second").GetDouble(), 1e-6);
        Assert.Equal(clips / 32 * 32 * 24 / rate, measured.GetProperty("run_seconds").GetDouble(), 1e-3);
        Assert.True(step < 32 || steps.GetProperty("planned_step_bytes").GetInt64() == json.RootElement.GetProperty("plans")[0].GetProperty("step_bytes").GetInt64());
        Assert.InRange(steps.GetProperty("used_step_bytes").GetInt64(), 1, steps.GetProperty("planned_step_bytes").GetInt64());
        Assert.Contains(measured.GetProperty("bottleneck").GetString(), new[] { "device", "decoding", "disk" });

        // Where other programs take the machine's time, what would help may not be told.
        string[] not = [.. measured.GetProperty("not_measured").EnumerateArray().Select(sentence => sentence.GetString()!)];
        Assert.All(not, sentence => Assert.Matches("^What .* would give: ", sentence));
        string[] tried = [.. new[] { "improvements", "useless" }.SelectMany(name => measured.GetProperty(name).EnumerateArray().Select(each => each.GetProperty("change").GetString()!))];
        foreach (string change in new[] { "train.precision=bf16", "model.vision.patch_dropout=0.5" })
        {
            Assert.Contains(change, string.Join(' ', [.. tried, .. not]));
        }

        double Mean(string name) => steps.GetProperty(name).EnumerateArray().Average(time => time.GetDouble());
    }

    [Fact]
    public async Task A_plan_says_what_could_not_be_measured_and_what_to_do()
    {
        ProcessResult result = await AvionProgram.RunAsync(
            ["plan", Repository.Path("recipes", "demo.yaml"), "--measure", "--seconds", "1", "--for", "cuda"], s_noGpu);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Not measured: Reading: data.train.videos: there is no file or folder 'demo/data/videos'. The demo makes it: avion demo --data-only", result.Output);
        Assert.Contains("Not measured: Steps: ", result.Output);
        Assert.Contains("all memory", result.Output);
        ProcessResult wrong = await AvionProgram.RunAsync("plan", Repository.Path("recipes", "demo.yaml"), "--measure", "--seconds", "soon");
        Assert.Equal((2, true), (wrong.ExitCode, wrong.Error.Contains("--seconds is 'soon'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_card_that_is_planned_for_is_counted_once_whatever_ranks_share_the_processor()
    {
        string[] plan = ["plan", Repository.Path("recipes", "demo.yaml"), "--for", "cuda", "--memory", "24GiB", "--json"];
        using JsonDocument one = JsonDocument.Parse((await AvionProgram.RunAsync(plan)).Output), four = JsonDocument.Parse((await AvionProgram.RunAsync([.. plan, "--devices", "cpu:4"])).Output);
        Assert.Equal(one.RootElement.GetProperty("plans")[0].ToString(), four.RootElement.GetProperty("plans")[0].ToString());
        using JsonDocument cards = JsonDocument.Parse((await AvionProgram.RunAsync([.. plan, "--devices", "cuda:0,1"])).Output);
        Assert.Equal(2, cards.RootElement.GetProperty("plans")[0].GetProperty("ranks").GetInt32());
    }
}
