namespace Avion.Cli;

/// <summary>Runs work that only looks at files, so that it can be left at any moment.</summary>
internal static class LookingTask
{
    /// <summary>How long work may take to end by itself; a library that reads a strange file does not ask whether it should stop.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the work, and leaves it to the end of the process soon after a cancellation.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<int> RunAsync(Func<int> work, CancellationToken cancellation)
    {
        Task<int> task = Task.Run(work, CancellationToken.None);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellation.Register(() => cancelled.TrySetResult()))
        {
            if (await Task.WhenAny(task, cancelled.Task) != task)
            {
                await Task.WhenAny(task, Task.Delay(s_patience, CancellationToken.None));
            }
        }

        return task.IsCompleted ? await task : throw new OperationCanceledException(cancellation);
    }
}
