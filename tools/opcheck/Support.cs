namespace Avion.OpCheckTool;

/// <summary>Which operations run on which device; the processor's vector widths are tried in child processes.</summary>
internal static class Support
{
    private const string ChildVariable = "AVION_OPCHECK_CHILD";
    private static readonly string[] s_widths = ["512", "256", "128", "1"];

    public static int Run(IReadOnlyList<OpCase> cases, Report report)
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not null)
        {
            using CpuDevice cpu = new(1);
            foreach (OpCase opCase in cases)
            {
                Console.WriteLine($"{opCase.Name}\t{Try(opCase, cpu)}");
            }

            return 0;
        }

        report.Columns = ["operation", "reference (double)", "planning",
            .. s_widths.Select(width => width == "1" ? "cpu scalar" : $"cpu {width}-bit")];
        Dictionary<string, string>[] ofWidth = [.. s_widths.Select(Child)];
        using ReferenceDevice reference = new();
        using PlanningDevice planning = new();
        foreach (OpCase opCase in cases)
        {
            report.Add([opCase.Name, Try(opCase, reference), Try(opCase, planning),
                .. ofWidth.Select(results => results.GetValueOrDefault(opCase.Name, "failed"))]);
        }

        report.Write();
        return 0;
    }

    private static string Try(OpCase opCase, Device device)
    {
        try
        {
            using OpSession session = new(opCase, opCase.Sizes[^1], device);
            if (!opCase.IsDifferentiable)
            {
                session.Step();
                return "forward";
            }

            session.ForwardBackward();
            return "forward, backward";
        }
        catch (NotSupportedException)
        {
            return "no";
        }
    }

    private static Dictionary<string, string> Child(string width)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            Environment = { ["AVION_VECTOR_BITS"] = width, [ChildVariable] = "1" },
            RedirectStandardOutput = true,
        };
        if (System.IO.Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Support).Assembly.Location);
        }

        start.ArgumentList.Add("support");
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
    }
}
