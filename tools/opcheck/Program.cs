using System.CommandLine;

namespace Avion.OpCheckTool;

/// <summary>`opcheck`: tests, gradient-checks and times every operation, and tells what runs where.</summary>
internal static class Program
{
    private const int UsageError = 2;

    private static int Main(string[] args)
    {
        Option<string> operation = new("--op") { Description = "Only operations whose name contains this, such as LayerNorm." };
        Option<string> format = new("--format") { Description = "table, csv or json.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        Option<int> threads = new("--threads") { Description = "Compute threads; 0 for one per core." };

        Option<bool> processorTime = new("--processor-time")
        {
            Description = "One thread, by its processor time: for machines that others use too.",
        };
        operation.Validators.Add(result =>
        {
            string part = result.GetValueOrDefault<string>();
            if (!OpCaseList.All.Any(opCase => opCase.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            {
                result.AddError($"There is no operation '{part}'. Known: "
                    + $"{string.Join(", ", OpCaseList.All.Select(opCase => opCase.Name))}.");
            }
        });

        RootCommand root = new("Check and time the operations of Avion.Compute.");
        root.Add(Create("test", "Compare with the double-precision reference; check threads, memory and planning.",
            parsed => Checking.Run(Cases(parsed), check => check.Name != "gradient", Report(parsed))));
        root.Add(Create("grad", "Compare the reference's gradients with central differences.",
            parsed => Checking.Run(Cases(parsed), check => check.Name is "gradient" or "backward", Report(parsed))));
        root.Add(Create("perf", "Time every kernel at the models' sizes beside the machine's ceilings.",
            parsed => Timing.Run(Cases(parsed), parsed.GetValue(threads), parsed.GetValue(processorTime), Report(parsed)), threads,
            processorTime));
        root.Add(Create("support", "List which operations run on which device at which vector width.",
            parsed => Support.Run(Cases(parsed), Report(parsed))));
        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        int code = parsed.Invoke();
        return parsed.Errors.Count > 0 ? UsageError : code;

        Command Create(string name, string description, Func<ParseResult, int> run, params Option[] more)
        {
            Command command = new(name, description) { operation, format };
            foreach (Option option in more)
            {
                command.Add(option);
            }

            command.SetAction(run);
            return command;
        }

        Report Report(ParseResult parsed) => new(parsed.GetValue(format)!);

        OpCase[] Cases(ParseResult parsed)
        {
            string? part = parsed.GetValue(operation);
            return [.. OpCaseList.All.Where(opCase => part is null || opCase.Name.Contains(part, StringComparison.OrdinalIgnoreCase))];
        }
    }
}
