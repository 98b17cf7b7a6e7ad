namespace Avion.Cli;

/// <summary>Tells a piece of work that was refused before it began from one that failed: what a recipe or a command line names is then
/// wrong or not there, and nothing was started.</summary>
internal static class RefusedStart
{
    /// <summary>Runs work that tells <paramref name="view"/> when it has started.</summary>
    /// <exception cref="UsageException">It was refused.</exception>
    public static T Run<T>(TrainingView view, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (!view.HasStarted && FailureSentence.Innermost(error) is { } inner && IsRefusal(inner))
        {
            throw new UsageException(inner.Message, inner);
        }
    }

    /// <summary>Checks what is asked for before anything is started.</summary>
    /// <exception cref="UsageException">It was refused.</exception>
    public static void Run(Action check) => Run(() =>
    {
        check();
        return true;
    });

    /// <summary>Reads or makes what is asked for before anything is started.</summary>
    /// <exception cref="UsageException">It was refused.</exception>
    public static T Run<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (IsRefusal(error))
        {
            throw new UsageException(error.Message, error);
        }
    }

    private static bool IsRefusal(Exception error) => error switch
    {
        VideoException video => video.Kind != VideoErrorKind.LibraryMissing,
        RunException run => run.InnerException is not IOException full || !FailureSentence.IsDiskFull(full),
        DataException or CheckpointException or FileFaultException => true,
        _ => false,
    };
}
