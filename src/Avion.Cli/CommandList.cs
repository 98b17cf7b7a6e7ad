namespace Avion.Cli;

/// <summary>All commands of the program. A new command is a file in Commands/ and a line here.</summary>
internal static class CommandList
{
    public static RootCommand CreateRoot() => new("Avion trains large video models on one machine.")
    {
        BenchCommand.Create(),
        BoardCommand.Create(),
        ClassifyCommand.Create(),
        ConvertCommand.Create(),
        DataCommand.Create(),
        DemoCommand.Create(),
        DoctorCommand.Create(),
        ModelCommand.Create(),
        EmbedCommand.Create(),
        EvalCommand.Create(),
        ExportCommand.Create(),
        ExtractCommand.Create(),
        GpuCheckCommand.Create(),
        PlanCommand.Create(),
        ReportCommand.Create(),
        SearchCommand.Create(),
        TrainCommand.Create(),
    };
}
