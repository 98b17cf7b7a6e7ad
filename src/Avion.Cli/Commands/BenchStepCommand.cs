using System;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Avion.Cli.Terminal;
using Avion.Compute;
using Avion.Training.Measuring;
using Avion.Training.Recipes;

namespace Avion.Cli.Commands;

/// <summary>`avion bench step`: the training step of a recipe on made-up clips, beside the matrix library's rate.</summary>
internal static class BenchStepCommand
{
    public static Command Create()
    {
        Argument<string> recipe = new("recipe") { Description = "Recipe file, such as recipes/demo.yaml." };
        Option<string[]> set = SetOption.Create();
        Option<int> steps = new("--steps") { Description = "Measured steps.", DefaultValueFactory = _ => 10 };
        Option<int> tokens = new("--caption-tokens") { Description = "Tokens of every caption.", DefaultValueFactory = _ => 16 };
        Option<int> threads = new("--threads") { Description = "Compute threads; 0: one per processor.", DefaultValueFactory = _ => 0 };
        Option<string?> trace = TraceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("step", "Time a recipe's training step beside the matrix library.") { recipe, set, steps, tokens, threads, trace, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            RecipeReader.ReadFile(parsed.GetValue(recipe)!, parsed.GetValue(set) ?? []), parsed.GetValue(steps), parsed.GetValue(tokens),
            parsed.GetValue(threads), TraceOption.Files(parsed.GetValue(trace)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(Recipe recipe, int steps, int tokens, int threads, TraceFiles? trace, bool asJson, CancellationToken cancellation)
    {
        if (steps < 1 || tokens < 2)
        {
            throw new UsageException($"--steps is {steps} and --caption-tokens {tokens}; expected at least 1 and 2.");
        }

        using StepBenchmark benchmark = new(recipe, tokens, threads);
        StepBenchmarkResult result = benchmark.Run(steps, cancellation);
        if (asJson)
        {
            WriteJson(result);
        }
        else
        {
            WriteTable(result);
        }

        if (trace is not null)
        {
            const int TracedSteps = 3;
            (OperationTrace calls, MachineCeilings ceilings) = benchmark.Trace(TracedSteps);
            trace.Write(calls, ceilings);
            Console.Error.WriteLine($"Traced {calls.Events.Count} kernel calls of {TracedSteps} steps: {trace.TimeLinePath} (time line), {trace.TablePath} (table).");
        }

        return ExitCode.Ok;
    }

    private static void WriteTable(StepBenchmarkResult result)
    {
        ResultTable table = new("figure", "value");
        table.Add("device", result.Device);
        table.Add("parameters", result.ParameterCount.ToString("N0", CultureInfo.InvariantCulture));
        table.Add("clips per step", Text(result.BatchSize, "0"));
        table.Add("step", $"{Text(result.StepMilliseconds, "0.0")} ms");
        table.Add("clips/s", Text(result.ClipsPerSecond, "0.0"));
        table.Add("operations of a step", $"{Text(result.StepGigaflop, "0.0")} GFLOP");
        table.Add("rate of the step", $"{Text(result.GigaflopPerSecond, "0.0")} GFLOP/s");
        table.Add("rate of the matrix library", $"{Text(result.PeakGigaflopPerSecond, "0.0")} GFLOP/s");
        table.Add("share of the ceiling", $"{Text(100 * result.ShareOfPeak, "0")} %");
        table.Add("step memory, planned", $"{Text(result.PlannedBytes / 1048576.0, "0.0")} MiB");
        table.Add("step memory, used", $"{Text(result.UsedBytes / 1048576.0, "0.0")} MiB");
        table.Add("managed memory per step", $"{Text(result.ManagedBytesPerStep, "0")} B");
        table.Write();
    }

    private static void WriteJson(StepBenchmarkResult result)
    {
        using System.IO.Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("device", result.Device);
        json.WriteNumber("parameters", result.ParameterCount);
        json.WriteNumber("clips_per_step", result.BatchSize);
        json.WriteNumber("step_milliseconds", result.StepMilliseconds);
        json.WriteNumber("clips_per_second", result.ClipsPerSecond);
        json.WriteNumber("step_gigaflop", result.StepGigaflop);
        json.WriteNumber("gigaflop_per_second", result.GigaflopPerSecond);
        json.WriteNumber("peak_gigaflop_per_second", result.PeakGigaflopPerSecond);
        json.WriteNumber("share_of_peak", result.ShareOfPeak);
        json.WriteNumber("planned_bytes", result.PlannedBytes);
        json.WriteNumber("used_bytes", result.UsedBytes);
        json.WriteNumber("managed_bytes_per_step", result.ManagedBytesPerStep);
        json.WriteEndObject();
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
