namespace Avion.Cli;

/// <summary>One sentence and an exit code for an exception that ended a command.</summary>
internal sealed record FailureSentence(string Text, int ExitCode)
{
    /// <summary>Chooses the sentence; <paramref name="interrupted"/> tells Ctrl-C from an inner cancellation.</summary>
    public static FailureSentence From(Exception exception, bool interrupted) => Innermost(exception) switch
    {
        OperationCanceledException when interrupted => new("Stopped.", Avion.Cli.ExitCode.Failed),
        UsageException usage => new(usage.Message, Avion.Cli.ExitCode.Usage),
        DeviceMissingException device => new(device.Message, Avion.Cli.ExitCode.Missing),
        MissingOnMachineException missing => new(missing.Message, Avion.Cli.ExitCode.Missing),
        VideoException { Kind: VideoErrorKind.LibraryMissing } video => new(video.Message, Avion.Cli.ExitCode.Missing),
        RecipeException recipe => new(recipe.Message, Avion.Cli.ExitCode.Usage),
        DllNotFoundException library => new($"{library.Message} Run 'avion doctor' to see what is missing.", Avion.Cli.ExitCode.Missing),
        UnauthorizedAccessException access => new($"No permission: {access.Message}", Avion.Cli.ExitCode.Failed),
        IOException io when IsDiskFull(io) =>
            new($"The disk is full: {io.Message.TrimEnd('.')}. Free some space and run the command again.", Avion.Cli.ExitCode.Failed),
        FileNotFoundException { FileName: { Length: > 0 } file } =>
            new($"There is no file '{file}'. Check the path.", Avion.Cli.ExitCode.Failed),
        OutOfMemoryException memory => new($"Out of memory: {memory.Message}", Avion.Cli.ExitCode.Failed),
        IOException or InvalidDataException or ArgumentException or NotSupportedException or FormatException
            => new(Innermost(exception).Message, Avion.Cli.ExitCode.Failed),
        Exception known when IsOfAvion(known) => new(known.Message, Avion.Cli.ExitCode.Failed),
        Exception unknown => new(
            $"This is a bug in Avion: {unknown.GetType().Name}: {unknown.Message} Run again with AVION_DEBUG=1 for the details.",
            Avion.Cli.ExitCode.Failed),
    };

    internal static Exception Innermost(Exception exception) =>
        exception is AggregateException { InnerExceptions.Count: > 0 } many ? Innermost(many.InnerExceptions.First()) : exception;

    /// <summary>Avion's own exception types carry a message written for the user.</summary>
    private static bool IsOfAvion(Exception exception) =>
        exception.GetType().Namespace?.StartsWith("Avion.", StringComparison.Ordinal) == true;

    internal static bool IsDiskFull(IOException exception)
    {
        const int noSpaceLeftOnDevice = 28;
        return (exception.HResult & 0xFFFF) == noSpaceLeftOnDevice;
    }
}
