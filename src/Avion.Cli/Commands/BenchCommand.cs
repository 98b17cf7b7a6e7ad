namespace Avion.Cli;

/// <summary>`avion bench`: what this machine reaches, each figure beside its ceiling, measured in the same run.</summary>
internal static class BenchCommand
{
    public static Command Create() =>
        new("bench", "Measure this machine: decoding beside ffmpeg, the training step beside the matrix library.")
    {
        BenchDecodeCommand.Create(),
        BenchLearnCommand.Create(),
        BenchStepCommand.Create(),
    };
}
