namespace Avion.Cli;

/// <summary>`avion bench step`: the training step of a recipe on made-up clips, beside the matrix library's rate.</summary>
internal static class BenchStepCommand
{
    public static Command Create()
    {
        Argument<string> work = new("recipe") { Description = $"Recipe file, such as recipes/demo.yaml, or {ModelCommand.VideoMaeName}." };
        Option<string[]> set = SetOption.Create();
        Option<int> steps = new("--steps") { Description = "Measured steps.", DefaultValueFactory = _ => 10 };
        Option<int> tokens = new("--caption-tokens") { Description = "Tokens of every caption.", DefaultValueFactory = _ => 16 };
        Option<int> batch = new("--batch-size")
        {
            Description = $"Clips of a step of {ModelCommand.VideoMaeName}.", DefaultValueFactory = _ => 2,
        };
        Option<bool> allRows = new("--all-rows") { Description = "Compute also what reaches no loss, as a plain implementation does." };
        Option<bool> noPeak = new("--no-peak") { Description = "Time the step alone, without the matrix library's rate." };
        Option<string?> device = DevicesOption.Create();
        Option<string?> precision = PrecisionOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<string?> trace = TraceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("step", "Time a recipe's training step beside the matrix library.")
        {
            work, set, steps, tokens, batch, allRows, noPeak, device, precision, threads, trace, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            int stepCount = parsed.GetValue(steps);
            if (stepCount < 1 || parsed.GetValue(tokens) < 2 || parsed.GetValue(batch) < 1)
            {
                throw new UsageException($"--steps is {stepCount}, --caption-tokens {parsed.GetValue(tokens)} and --batch-size "
                    + $"{parsed.GetValue(batch)}; expected at least 1, 2 and 1.");
            }

            int captionTokens = parsed.GetValue(tokens), threadCount = parsed.GetValue(threads);
            Recipe recipe = ReadRecipe(parsed.GetValue(work)!, parsed.GetValue(batch),
                PrecisionOption.AddTo(DevicesOption.AddTo(parsed.GetValue(set) ?? [], parsed.GetValue(device)),
                    parsed.GetValue(precision)));
            using StepBenchmark benchmark = new(recipe, captionTokens, threadCount, parsed.GetValue(allRows));
            return Run(benchmark, StepFlops.Of(recipe, captionTokens), stepCount, !parsed.GetValue(noPeak),
                TraceOption.Files(parsed.GetValue(trace)), parsed.GetValue(json), cancellation);
        }));
        return command;
    }

    /// <summary>A recipe file, or the published masked autoencoder, which needs none.</summary>
    private static Recipe ReadRecipe(string work, int batchSize, string[] overrides)
    {
        if (!work.Equals(ModelCommand.VideoMaeName, StringComparison.OrdinalIgnoreCase))
        {
            return FirstWeights.AdoptIfHere(RecipeReader.ReadFile(work, overrides));
        }

        Recipe masked = TrainingTasks.Find(MaskedVideoTask.Name)!.NewRecipe();
        return RecipeReader.Override(masked with { Name = work, Train = masked.Train with { BatchSize = batchSize } }, overrides);
    }

    private static int Run(StepBenchmark benchmark, StepFlops flops, int steps, bool measuresPeak, TraceFiles? trace, bool asJson,
        CancellationToken cancellation)
    {
        StepBenchmarkResult result = benchmark.Run(steps, measuresPeak, cancellation);
        if (asJson)
        {
            WriteJson(result, flops);
        }
        else
        {
            WriteTable(result, flops);
        }

        if (trace is not null)
        {
            const int TracedSteps = 3;
            (OperationTrace calls, MatrixProductShapes products, MachineCeilings? ceilings) = benchmark.Trace(TracedSteps);
            trace.Write(calls, ceilings, products);
            Console.Error.WriteLine($"Traced {calls.Events.Count} kernel calls of {TracedSteps} steps: "
                + $"{trace.TimeLinePath} (time line), {trace.TablePath} (table).");
        }

        return ExitCode.Ok;
    }

    private static void WriteTable(StepBenchmarkResult result, StepFlops flops)
    {
        ResultTable table = new("figure", "value");
        table.Add("device", result.Device);
        table.Add("parameters", result.ParameterCount.ToString("N0", CultureInfo.InvariantCulture));
        table.Add("clips per step", Text(result.BatchSize, "0"));
        if (result.PartCount > 1)
        {
            table.Add("parts of the batch", Text(result.PartCount, "0"));
        }

        table.Add("step", $"{Text(result.StepMilliseconds, "0.0")} ms");
        table.Add("clips/s", Text(result.ClipsPerSecond, "0.0"));
        table.Add("operations of a step", $"{Text(result.StepGigaflop, "0.0")} GFLOP");
        table.Add("rate of the step", $"{Text(result.GigaflopPerSecond, "0.0")} GFLOP/s");
        if (!double.IsNaN(result.PeakGigaflopPerSecond))
        {
            table.Add("rate of the matrix library", $"{Text(result.PeakGigaflopPerSecond, "0.0")} GFLOP/s");
            table.Add("share of the ceiling", $"{Text(100 * result.ShareOfPeak, "0")} %");
        }

        if (!double.IsNaN(result.ShareOfProducts))
        {
            table.Add("share of the library's rate on the step's own products", $"{Text(100 * result.ShareOfProducts, "0")} %");
            table.Add("the step's products in tiles, of the library alone", $"{Text(100 * result.ProductEfficiency, "0")} %");
        }

        table.Add("step memory, planned", Quantity.Mebibytes(result.PlannedBytes));
        table.Add("step memory, used", Quantity.Mebibytes(result.UsedBytes));
        FlopTable.AddTo(table, flops);
        table.Add("managed memory per step", $"{Text(result.ManagedBytesPerStep, "0")} B");
        table.Write();
    }

    private static void WriteJson(StepBenchmarkResult result, StepFlops flops) => JsonOutput.Write(json =>
    {
        json.WriteString("device", result.Device);
        json.WriteNumber("parameters", result.ParameterCount);
        json.WriteNumber("clips_per_step", result.BatchSize);
        json.WriteNumber("parts", result.PartCount);
        json.WriteNumber("step_milliseconds", result.StepMilliseconds);
        json.WriteNumber("clips_per_second", result.ClipsPerSecond);
        json.WriteNumber("step_gigaflop", result.StepGigaflop);
        json.WriteNumber("gigaflop_per_second", result.GigaflopPerSecond);
        if (!double.IsNaN(result.PeakGigaflopPerSecond))
        {
            json.WriteNumber("peak_gigaflop_per_second", result.PeakGigaflopPerSecond);
            json.WriteNumber("share_of_peak", result.ShareOfPeak);
        }

        if (!double.IsNaN(result.ShareOfProducts))
        {
            json.WriteNumber("share_of_products", result.ShareOfProducts);
            json.WriteNumber("product_efficiency", result.ProductEfficiency);
        }

        json.WriteNumber("planned_bytes", result.PlannedBytes);
        json.WriteNumber("used_bytes", result.UsedBytes);
        json.WriteNumber("managed_bytes_per_step", result.ManagedBytesPerStep);
        json.WritePropertyName("flops");
        flops.WriteTo(json);
    });

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
