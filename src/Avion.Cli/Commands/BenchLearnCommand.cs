namespace Avion.Cli;

/// <summary>`avion bench learn`: whether every training learns, in minutes, on generated videos.</summary>
internal static class BenchLearnCommand
{
    public static Command Create()
    {
        Option<string> output = new("--output") { Description = "Folder for videos and runs.", DefaultValueFactory = _ => "learn" };
        Option<bool> quick = new("--quick") { Description = "Fewer videos and steps." };
        Option<bool> dataOnly = new("--data-only") { Description = "Make the videos and annotations, then stop." };
        Command command = new("learn", "Train every tiny recipe on generated videos and compare with what it should reach.")
        {
            output, quick, dataOnly,
        };
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetValue(output)!, parsed.GetValue(quick), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string output, bool isQuick, CancellationToken cancellation)
    {
        using ProgressDisplay progress = new();
        LearningFolders folders = new(output);
        await LearningData.PrepareAsync(folders, isQuick ? LearningData.Quick : LearningData.Full,
            share => progress.Report("videos", share), cancellation);
        return ExitCode.Ok;
    }
}
