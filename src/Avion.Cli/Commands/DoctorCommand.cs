namespace Avion.Cli;

/// <summary>`avion doctor`: what this machine has, and what it lacks.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<bool> json = JsonOption.Create();
        Command command = new("doctor", "Show what this machine has for Avion and what is missing.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool asJson)
    {
        MachineReport report = MachineReport.Examine();
        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, MachineReportJson.Default.MachineReport));
        }
        else
        {
            ResultTable table = new("what", "state", "detail");
            foreach (Finding finding in report.Findings)
            {
                table.Add(finding.Name, StateOf(finding), finding.Detail);
            }
            table.Write();
        }
        foreach (Finding missing in report.Findings.Where(finding => !finding.Found && finding.Remedy is not null))
        {
            Console.Error.WriteLine($"{missing.Name}: {missing.Detail}. To fix: {missing.Remedy}");
        }
        return report.Ready ? ExitCode.Ok : ExitCode.Missing;
    }

    private static string StateOf(Finding finding) => (finding.Found, finding.Required) switch
    {
        (true, _) => "ok",
        (false, true) => "missing",
        (false, false) => "absent",
    };
}
