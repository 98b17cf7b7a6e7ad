namespace Avion.Compute.Tests;

/// <summary>Runs the ranks of a test, each on a thread, and tells what each threw; a test that hangs fails.</summary>
internal static class RankThreads
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    /// <summary>Runs the ranks to their ends; a rank that throws fails its group.</summary>
    /// <returns>What each rank threw, or null.</returns>
    public static Exception?[] Run(SharedMemoryGroup group, Action<Communicator> body, Func<int, HostDevice>? device = null)
    {
        Exception?[] errors = new Exception?[group.RankCount];
        Thread[] threads = [.. Enumerable.Range(0, group.RankCount).Select(rank => new Thread(() => errors[rank] = RunRank(group, rank, body, device)))];
        foreach (Thread thread in threads)
        {
            thread.IsBackground = true;
            thread.Start();
        }

        Assert.All(threads, thread => Assert.True(thread.Join(s_hang), "A rank hangs."));
        return errors;
    }

    /// <summary>Runs ranks that must not throw.</summary>
    public static void RunAll(int rankCount, Action<Communicator> body, Func<int, HostDevice>? device = null)
    {
        using SharedMemoryGroup group = new(rankCount);
        Assert.All(Run(group, body, device), Assert.Null);
    }

    private static Exception? RunRank(SharedMemoryGroup group, int rank, Action<Communicator> body, Func<int, HostDevice>? device)
    {
        using HostDevice own = device?.Invoke(rank) ?? new ReferenceDevice();
        try
        {
            body(group.Join(rank, own));
            group.Leave(rank);
            return null;
        }
        catch (Exception error)
        {
            group.Fail(rank, error);
            return error;
        }
    }
}
