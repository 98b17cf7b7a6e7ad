namespace Avion.Peers;

/// <summary>Compares the sides of a workload: first what they compute, then how long they take, turn by turn.</summary>
internal sealed class Comparison(Workload workload, IReadOnlyList<Side> sides, IReadOnlyList<int> threadCounts, int rounds)
{
    /// <summary>Runs it.</summary>
    /// <param name="say">Takes what is done, for people.</param>
    public ComparisonResult Run(Action<string> say)
    {
        string exchange = Directory.CreateTempSubdirectory("avion-peers-").FullName;
        try
        {
            Ask<SideDone>(new AvionSide(), "write", exchange);
            Agreement agreement = Ask<Agreement>(sides.OfType<PeerSide>().First(), "check", exchange);
            say($"{workload.Name}: {agreement}");
            if (!agreement.IsWithin(workload.Bounds))
            {
                throw new PeerException($"{workload.Name}: the sides do not compute the same: {agreement}; expected outputs within "
                    + $"{workload.Bounds.Output:e0} and gradients within {workload.Bounds.Gradient:e0}. Times are not compared.");
            }

            return new ComparisonResult(workload.Name, agreement, Alternate(exchange, say));
        }
        finally
        {
            Directory.Delete(exchange, recursive: true);
        }
    }

    private T Ask<T>(Side side, string command, string exchange) where T : class
    {
        using SideProcess process = SideProcess.Start(side, command, workload, threadCounts[^1], exchange);
        return process.Answer<T>();
    }

    private List<SideTimes> Alternate(string exchange, Action<string> say)
    {
        List<(Side Side, int Threads, SideProcess Process, List<SideTurn> Turns)> all = [];
        List<string> descriptions = [];
        try
        {
            foreach (int threads in threadCounts)
            {
                foreach (Side side in sides)
                {
                    SideProcess process = SideProcess.Start(side, "run", workload, threads, exchange);
                    all.Add((side, threads, process, []));

                    // One after the other: nobody warms up while another one does.
                    descriptions.Add(process.WaitUntilReady().Description);
                    say($"  {side.Name}, {threads} threads: {descriptions[^1]}");
                }
            }

            for (int round = 0; round < rounds; round++)
            {
                // Every round begins with another one, so that no side always follows the same.
                for (int i = 0; i < all.Count; i++)
                {
                    (_, _, SideProcess process, List<SideTurn> turns) = all[(i + round) % all.Count];
                    turns.Add(process.Turn());
                }
            }

            return [.. all.Zip(descriptions, (one, text) => new SideTimes(one.Side.Name, one.Side.Title, one.Threads, text, one.Turns))];
        }
        finally
        {
            all.ForEach(one => one.Process.Dispose());
        }
    }
}

/// <summary>A command of a side is done.</summary>
internal sealed record SideDone(string Side);
