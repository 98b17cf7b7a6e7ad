namespace Avion.Peers;

/// <summary>Compares the sides of a workload: first what they compute, then how long they take, turn by turn.</summary>
internal sealed class Comparison(Workload workload, IReadOnlyList<Side> sides, IReadOnlyList<int> threadCounts, int rounds)
{
    /// <summary>Runs it.</summary>
    /// <param name="say">Takes what is done, for people.</param>
    public ComparisonResult Run(Action<string> say)
    {
        PeerSide[] peers = [.. sides.OfType<PeerSide>()];
        if (peers.Length == 0)
        {
            throw new PeerException($"{workload.Name}: no side of the peer was named, with which Avion's results could be compared.");
        }

        string exchange = Directory.CreateTempSubdirectory("avion-peers-").FullName;
        try
        {
            using (SideProcess writer = SideProcess.Start(new AvionSide(), "write", workload, Environment.ProcessorCount, exchange))
            {
                writer.Answer<SideDone>();
            }

            Agreement agreement = Check(peers, exchange);
            say($"{workload.Name}: {agreement}");
            if (!agreement.IsWithinBounds)
            {
                throw new PeerException(string.Create(CultureInfo.InvariantCulture, $"{workload.Name}: the sides do not compute the same: {agreement}; "
                    + $"expected outputs within {agreement.Bounds.Output:g1}, gradients within {agreement.Bounds.Gradient:g1}, together within "
                    + $"{agreement.Bounds.AllGradients:g1}. Times are not compared."));
            }

            return new ComparisonResult(workload.Name, DateOnly.FromDateTime(DateTime.UtcNow), Machine.Here(), agreement, Alternate(exchange, say));
        }
        finally
        {
            Directory.Delete(exchange, recursive: true);
        }
    }

    private Agreement Check(IReadOnlyList<PeerSide> peers, string exchange)
    {
        using SideProcess process = SideProcess.StartCheck(peers, workload, Environment.ProcessorCount, exchange);
        return process.Answer<Agreement>();
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
