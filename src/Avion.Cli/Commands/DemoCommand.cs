namespace Avion.Cli;

/// <summary>`avion demo`: makes captioned videos, trains on them, and shows how well captions find unseen clips.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        Option<string> output = new("--output") { Description = "Folder for videos, run and report.", DefaultValueFactory = _ => "demo" };
        Option<string?> json = new("--json") { Description = "File to write the figures to, as JSON." };
        Option<ulong> seed = new("--seed")
        {
            Description = "Draws another set of scenes, another model and another order.", DefaultValueFactory = _ => 0,
        };
        Option<bool> quick = new("--quick") { Description = "A small set and a few steps: shows that everything works, learns little." };
        Option<bool> dataOnly = new("--data-only") { Description = "Make the videos and captions, then stop." };
        Option<string?> devices = DevicesOption.Create();
        Option<string[]> set = SetOption.Create();
        Command command = new("demo", "Make captioned videos, train a video-text model on them, and show the result.")
        {
            output, json, seed, quick, dataOnly, devices, set,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            new DemoOptions(
                parsed.GetValue(output)!, parsed.GetValue(json), parsed.GetValue(seed), parsed.GetValue(quick), parsed.GetValue(dataOnly),
                DevicesOption.AddTo(parsed.GetValue(set) ?? [], parsed.GetValue(devices)))
            {
                Origin = RunOrigin.Of(parsed),
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellation)
    {
        if (options.JsonFile is { } file)
        {
            NamedPath.RequireRoom(file, "the file of --json");
        }

        using ProgressDisplay progress = new();
        DemoFigures? figures = await DemoRun.RunAsync(options, progress, cancellation);
        if (figures is not null)
        {
            DemoReport.WriteTable(figures);
            progress.Line($"Report: {new DemoFolders(options.OutputFolder).Report}");
        }
        return ExitCode.Ok;
    }
}
