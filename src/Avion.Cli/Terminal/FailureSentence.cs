using System;
using System.IO;
using System.Linq;
using Avion.Training.Recipes;
using Avion.Video;

namespace Avion.Cli.Terminal;

/// <summary>One sentence and an exit code for an exception that ended a command.</summary>
internal sealed record FailureSentence(string Text, int ExitCode)
{
    /// <summary>Chooses the sentence; <paramref name="interrupted"/> tells Ctrl-C from an inner cancellation.</summary>
    public static FailureSentence From(Exception exception, bool interrupted) => Innermost(exception) switch
    {
        OperationCanceledException when interrupted => new("Stopped.", Terminal.ExitCode.Failed),
        UsageException usage => new(usage.Message, Terminal.ExitCode.Usage),
        MissingOnMachineException missing => new(missing.Message, Terminal.ExitCode.Missing),
        VideoException { Kind: VideoErrorKind.LibraryMissing } video => new(video.Message, Terminal.ExitCode.Missing),
        RecipeException recipe => new(recipe.Message, Terminal.ExitCode.Usage),
        DllNotFoundException library => new($"{library.Message} Run 'avion doctor' to see what is missing.", Terminal.ExitCode.Missing),
        UnauthorizedAccessException access => new($"No permission: {access.Message}", Terminal.ExitCode.Failed),
        IOException io when IsDiskFull(io) =>
            new($"The disk is full: {io.Message} Free some space and run the command again.", Terminal.ExitCode.Failed),
        OutOfMemoryException memory => new($"Out of memory: {memory.Message}", Terminal.ExitCode.Failed),
        IOException or InvalidDataException or ArgumentException or NotSupportedException or FormatException
            => new(Innermost(exception).Message, Terminal.ExitCode.Failed),
        Exception known when IsOfAvion(known) => new(known.Message, Terminal.ExitCode.Failed),
        Exception unknown => new(
            $"This is a bug in Avion: {unknown.GetType().Name}: {unknown.Message} Run again with AVION_DEBUG=1 for the details.",
            Terminal.ExitCode.Failed),
    };

    private static Exception Innermost(Exception exception) =>
        exception is AggregateException { InnerExceptions.Count: > 0 } many ? Innermost(many.InnerExceptions.First()) : exception;

    /// <summary>Avion's own exception types carry a message written for the user.</summary>
    private static bool IsOfAvion(Exception exception) =>
        exception.GetType().Namespace?.StartsWith("Avion.", StringComparison.Ordinal) == true;

    private static bool IsDiskFull(IOException exception)
    {
        const int noSpaceLeftOnDevice = 28;
        return (exception.HResult & 0xFFFF) == noSpaceLeftOnDevice;
    }
}
