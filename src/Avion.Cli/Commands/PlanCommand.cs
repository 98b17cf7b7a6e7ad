namespace Avion.Cli;

/// <summary>`avion plan`: the memory of a recipe's training against the number of recomputed blocks, and what it does on this machine.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        Argument<string> recipe = new("recipe") { Description = "Recipe file, such as recipes/demo.yaml." };
        Option<string?> memory = new("--memory")
        {
            Description = "Memory that training may take, such as 24GiB; train.memory_budget unless given.",
        };
        Option<string[]> set = SetOption.Create();
        Option<string?> devices = DevicesOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<string?> precision = PrecisionOption.Create();
        Option<string?> device = new("--for")
        {
            Description = "What trains, there or not: cpu, cpu-bf16, cuda (activations in bfloat16) or cuda-float32; what --device chooses "
                + "unless given.",
        };
        Option<bool> measure = new("--measure")
        {
            Description = "Read clips and take steps on this machine: rates, what bounds the run, its hours, and what would help.",
        };
        Option<string> seconds = new("--seconds") { Description = "Time for --measure.", DefaultValueFactory = _ => "60" };
        Option<bool> json = JsonOption.Create();
        Command command = new("plan", "Show the memory that training a recipe takes, and, measured, its rates, hours and bottleneck.")
        {
            recipe, memory, set, devices, precision, threads, device, measure, seconds, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            double time = Seconds.Read("--seconds", parsed.GetValue(seconds)!);
            IEnumerable<string> overrides = PrecisionOption.AddTo(
                DevicesOption.AddTo(parsed.GetValue(set) ?? [], parsed.GetValue(devices)), parsed.GetValue(precision));
            if (parsed.GetValue(memory) is { } budget)
            {
                overrides = !ByteSize.TryParse(budget, out _) ? throw new UsageException($"--memory is '{budget}', expected {ByteSize.Expected}.")
                    : overrides.Append($"train.memory_budget={budget}");
            }

            Recipe planned = FirstWeights.AdoptIfHere(RecipeReader.ReadFile(parsed.GetValue(recipe)!, overrides));
            int threadCount = parsed.GetValue(threads);
            string? named = parsed.GetValue(device);
            planned = named is null ? planned : Place(named, planned);
            DeviceDescription description = named is null ? DeviceChoice.Of(planned).Describe(threadCount) : Describe(named, planned, threadCount);
            TrainingMeasurement? measured = parsed.GetValue(measure)
                ? TrainingMeasurer.Of(planned, new TrainingOptions { ComputeThreads = threadCount }, time, Console.Error.WriteLine, cancellation)
                : null;
            return Run(planned, description, measured, parsed.GetValue(json));
        }));
        return command;
    }

    /// <summary>Exit code 1 when not even all blocks recomputed fit; without a budget nothing is judged.</summary>
    private static int Run(Recipe recipe, DeviceDescription device, TrainingMeasurement? measured, bool asJson)
    {
        using MemoryPlanner planner = new(recipe, device, evaluates: recipe.Data.Validation.IsNamed);
        bool lacksBudget = recipe.Train.MemoryBudget.Length == 0 && device is { AddressesHostMemory: false, MemoryBytes: 0 };
        long? budget = lacksBudget ? null : MemoryBudget.BudgetOf(recipe, device);
        IReadOnlyList<MemoryPlan> parts = planner.PartTable();
        planner.PartCount = recipe.Train.PartCount ?? (budget is null ? planner.PartCounts.First() : (int?)null)
            ?? MemoryBudget.Best(planner, recipe.Train with { CheckpointActivations = "auto" })?.PartCount ?? planner.PartCounts.Last();
        IReadOnlyList<MemoryPlan> plans = planner.Table();
        MemoryPlan? chosen = plans.FirstOrDefault(plan => plan.TotalBytes <= budget);
        if (asJson)
        {
            WriteJson(plans, parts, budget, chosen, measured);
        }
        else
        {
            WriteTable(plans, parts, budget, chosen);
            if (budget is null)
            {
                Console.Out.WriteLine("Whether that fits is not told: there is no card on this machine to plan for. Give the memory of the one "
                    + "that trains, such as --memory 24GiB.");
            }
            else if (chosen is null)
            {
                Console.Out.WriteLine(MemoryBudget.WhatFits(recipe, device, recipe.Data.Validation.IsNamed));
            }

            if (measured is not null)
            {
                MeasurementOutput.Write(measured, recipe);
            }
        }

        return chosen is null && budget is not null ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>The recipe on the device that is named: on as many as it says where they are of that kind, else on one.</summary>
    private static Recipe Place(string name, Recipe recipe)
    {
        DeviceKind kind = name.StartsWith("cuda", StringComparison.Ordinal) ? DeviceKind.Cuda : DeviceKind.Cpu;
        return recipe with
        {
            Train = recipe.Train with
            {
                Devices = recipe.Train.DeviceList.Kind == kind ? recipe.Train.Devices : kind == DeviceKind.Cuda ? "cuda" : "cpu",
                Precision = name is "cuda" or "cpu-bf16" ? "bf16" : "float32",
            },
        };
    }

    private static DeviceDescription Describe(string name, Recipe recipe, int threads) => name switch
    {
        "cpu" => DeviceDescription.Cpu(recipe.Train.DeviceList.ThreadsOf(rank: 0, threads)),
        "cpu-bf16" => DeviceDescription.Cpu(recipe.Train.DeviceList.ThreadsOf(rank: 0, threads), ElementType.BFloat16),
        "cuda" => DeviceDescription.Cuda(ElementType.BFloat16, DeviceChoice.GpuMemoryBytes(recipe)),
        "cuda-float32" => DeviceDescription.Cuda(ElementType.Float32, DeviceChoice.GpuMemoryBytes(recipe)),
        _ => throw new UsageException($"--for is '{name}'; expected cpu, cpu-bf16, cuda or cuda-float32."),
    };

    private static void WriteTable(IReadOnlyList<MemoryPlan> plans, IReadOnlyList<MemoryPlan> parts, long? budget, MemoryPlan? chosen)
    {
        MemoryPlan none = plans[0];
        ResultTable table = new(["recomputed blocks", .. none.Stacks.Select(stack => stack.Name), "activations", "all memory", "operations",
            .. Within(budget)]);
        foreach (MemoryPlan plan in plans)
        {
            table.Add([
                $"{plan.RecomputedCount} of {plan.BlockCount}",
                .. plan.Stacks.Select(stack => stack.RecomputedCount.ToString(CultureInfo.InvariantCulture)), ByteSize.Text(plan.StepBytes),
                ByteSize.Text(plan.TotalBytes), ((double)plan.StepFlops / none.StepFlops).ToString("0.00 x", CultureInfo.InvariantCulture),
                .. Verdict(plan, budget, chosen),
            ]);
        }

        table.Write();
        if (parts.Count > 1)
        {
            WriteParts(parts, budget);
        }

        MemoryPlan last = chosen ?? (budget is null ? plans[0] : plans[^1]);
        Console.Out.WriteLine($"{(budget is null ? "With no block recomputed" : chosen is null ? "Not even all blocks recomputed fit" : "Chosen")}: {last.BytesText}"
            + (last.PartCount > 1 ? $"; the batch of {last.BatchSize} in {last.PartCount} parts." : "."));
        if (chosen is null && parts.FirstOrDefault(plan => plan.TotalBytes <= budget) is { } fits)
        {
            Console.Out.WriteLine(
                $"A batch in parts fits: --set train.micro_batch_size={fits.MicroBatchSize}, or auto, with the gradient of the whole batch.");
        }
    }

    /// <summary>What computing the batch in parts does, with no block recomputed.</summary>
    private static void WriteParts(IReadOnlyList<MemoryPlan> parts, long? budget)
    {
        ResultTable table = new(["train.micro_batch_size", "parts", "activations", "all memory", "operations", .. Within(budget)]);
        foreach (MemoryPlan plan in parts)
        {
            table.Add([
                plan.MicroBatchSize.ToString(CultureInfo.InvariantCulture), plan.PartCount.ToString(CultureInfo.InvariantCulture),
                ByteSize.Text(plan.StepBytes), ByteSize.Text(plan.TotalBytes),
                ((double)plan.StepFlops / parts[0].StepFlops).ToString("0.00 x", CultureInfo.InvariantCulture),
                .. Verdict(plan, budget, chosen: null),
            ]);
        }

        table.Write();
    }

    /// <summary>The head of the column that judges; none without a budget.</summary>
    private static string[] Within(long? budget) => budget is { } bytes ? [$"within {ByteSize.Text(bytes)}"] : [];

    private static string[] Verdict(MemoryPlan plan, long? budget, MemoryPlan? chosen) =>
        budget is null ? [] : [plan == chosen ? "yes: chosen" : plan.TotalBytes <= budget ? "yes" : "no"];

    private static void WriteJson(IReadOnlyList<MemoryPlan> plans, IReadOnlyList<MemoryPlan> parts, long? budget, MemoryPlan? chosen,
        TrainingMeasurement? measured) => JsonOutput.Write(json =>
    {
        if (budget is { } bytes)
        {
            json.WriteNumber("budget_bytes", bytes);
            json.WriteBoolean("fits", chosen is not null);
        }

        if (chosen is not null)
        {
            json.WriteNumber("recomputed_blocks", chosen.RecomputedCount);
            json.WriteNumber("micro_batch_size", chosen.MicroBatchSize);
        }

        WritePlans("plans", plans);
        WritePlans("plans_in_parts", parts);
        if (measured is not null)
        {
            MeasurementOutput.WriteField(json, measured);
        }

        void WritePlans(string name, IReadOnlyList<MemoryPlan> some)
        {
            json.WriteStartArray(name);
            foreach (MemoryPlan plan in some)
            {
                plan.WriteTo(json);
            }

            json.WriteEndArray();
        }
    });
}
