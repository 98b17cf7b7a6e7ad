using System.Text.RegularExpressions;

namespace Avion.Training.Tests;

public sealed class StepTracingTests
{
    [Fact]
    public void Traced_steps_hold_their_parts_and_these_hold_every_kernel_call()
    {
        using TemporaryFolder folder = new();
        RecordingObserver observer = new();
        Trace(folder.File("run"), new StepTraceOptions(TraceFiles.For(folder.File("trace")), 3, 5), observer);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.File("trace", "trace.json")));
        Span[] spans = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray().Select(Span.Of)];
        Assert.All(spans, span => Assert.True(span.Start >= 0 && span.End >= span.Start, $"{span}"));
        Span[] steps = Named(spans, "step"), backward = Named(spans, "backward"), update = Named(spans, "update"),
            forward = Named(spans, "forward");
        Assert.Equal((3, 3, 3, 3, 3), (steps.Length, forward.Length, backward.Length, update.Length, Named(spans, "wait for data").Length));
        for (int i = 0; i < steps.Length; i++)
        {
            Assert.True(Holds(steps[i], forward[i]) && Holds(steps[i], backward[i]) && Holds(steps[i], update[i]), $"step {steps[i]}");
            Assert.True(forward[i].End <= backward[i].Start + 0.002 && backward[i].End <= update[i].Start + 0.002);
        }

        Span[] calls = [.. spans.Where(span => span.Category == "kernel").OrderBy(span => span.Start)];
        Assert.All(calls, call => Assert.Single(steps, step => Holds(step, call)));
        Assert.All(calls.Zip(calls.Skip(1)),
            pair => Assert.True(pair.Second.Start >= pair.First.End - 0.002, $"{pair.First} and {pair.Second} overlap"));
        Assert.Equal(3, Named(spans, "AdamW.Step").Length);
        Assert.Contains(observer.Messages, message => message.Contains("trace.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Table_counts_the_operations_of_the_steps()
    {
        using TemporaryFolder folder = new();
        using StepBenchmark benchmark = new(DualEncoderRunTests.TinyRecipe(folder.File("run")), captionTokens: 5, threads: 1);
        long flops = (long)Math.Round(benchmark.Run(1, measuresPeak: false, TestContext.Current.CancellationToken).StepGigaflop * 1e9);
        (OperationTrace trace, MatrixProductShapes products, MachineCeilings? ceilings) = benchmark.Trace(2);
        Assert.Equal(2 * flops, trace.Totals().Sum(total => total.Flops));
        TraceFiles files = TraceFiles.For(folder.File("step.json"));
        files.Write(trace, ceilings, products);
        string table = File.ReadAllText(folder.File("step.txt"));
        double gigaflop = double.Parse(Regex.Match(table, @"\(([0-9.]+) GFLOP\)").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(2 * flops / 1e9, gigaflop, 3);
        Assert.Contains("AdamW.Step", table);
        Assert.Contains("between them", table);
        Assert.All(products.Counts.Keys, shape => Assert.Contains($"{shape.M} × {shape.N} × {shape.K}", table));
    }

    [Fact]
    public void Tracing_changes_no_loss()
    {
        using TemporaryFolder folder = new();
        Trace(folder.File("traced"), new StepTraceOptions(TraceFiles.For(folder.File("trace.json")), 1, 100), new RecordingObserver());
        Trace(folder.File("plain"), null, new RecordingObserver());
        Assert.Equal(BrightnessRun.Losses(folder.File("plain")), BrightnessRun.Losses(folder.File("traced")));
        Assert.True(File.Exists(folder.File("trace.txt")), "A run that ends within the traced steps writes what it has.");
    }

    [Fact]
    public void A_run_that_ends_before_the_traced_steps_says_so()
    {
        using TemporaryFolder folder = new();
        RecordingObserver observer = new();
        Trace(folder.File("run"), new StepTraceOptions(TraceFiles.For(folder.File("trace")), 1000, 1001), observer);
        Assert.Contains(observer.Warnings, warning => warning.Contains("before step 1000", StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder.File("trace")));
    }

    private static void Trace(string folder, StepTraceOptions? trace, RecordingObserver observer) => TrainingRun.Start(
        DualEncoderRunTests.TinyRecipe(folder),
        new TrainingOptions { Data = SyntheticClips.Data(train: 50), Observer = observer, Trace = trace, ComputeThreads = 1 });

    private static Span[] Named(IEnumerable<Span> spans, string name) =>
        [.. spans.Where(span => span.Name == name).OrderBy(span => span.Start)];

    /// <summary>Times are written with three decimals, so that ends may differ by a rounding.</summary>
    private static bool Holds(Span outer, Span inner) => inner.Start >= outer.Start - 0.002 && inner.End <= outer.End + 0.002;

    private sealed record Span(string Name, string Category, double Start, double End)
    {
        public static Span Of(JsonElement item) => new(item.GetProperty("name").GetString()!, item.GetProperty("cat").GetString()!,
            item.GetProperty("ts").GetDouble(), item.GetProperty("ts").GetDouble() + item.GetProperty("dur").GetDouble());
    }
}
