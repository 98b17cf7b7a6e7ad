namespace Avion.Cli;

/// <summary>`avion bench`: what this machine reaches, each figure beside its ceiling, measured in the same run.</summary>
internal static class BenchCommand
{
    public static Command Create() =>
        new("bench", "Measure this machine: annotations, decoding beside ffmpeg, the training step beside the matrix library, search, "
            + "a GPU's blocks.")
    {
        BenchDataCommand.Create(),
        BenchDecodeCommand.Create(),
        BenchExtractCommand.Create(),
        BenchLearnCommand.Create(),
        BenchSearchCommand.Create(),
        BenchStepCommand.Create(),
        BenchTilesCommand.Create(),
    };
}
