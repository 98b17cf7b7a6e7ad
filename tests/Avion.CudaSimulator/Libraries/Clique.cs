namespace Avion.CudaSimulator;

/// <summary>Ranks that exchange tensors.</summary>
internal sealed class Clique(int rankCount)
{
    private readonly Member?[] _members = new Member?[rankCount];

    public IEnumerable<Member> Members => _members.Select(member => member!);

    public int RankCount => rankCount;

    public Member Add(int rank, int ofRanks, SimulatedDevice device, Func<int, string, Exception> refused)
    {
        const int InvalidUsage = 5;
        if (ofRanks != rankCount || _members[rank] is not null)
        {
            throw refused(InvalidUsage, $"rank {rank} of {ofRanks} joins {rankCount} ranks{(ofRanks == rankCount ? ", where it is already" : "")}");
        }

        if (_members.Any(other => other?.Device == device))
        {
            throw refused(InvalidUsage, $"rank {rank} is on the device of another rank");
        }

        return _members[rank] = new Member(this, rank, device);
    }

    /// <summary>Does nothing once all ranks are there.</summary>
    public void CheckWhole()
    {
        if (_members.Contains(null))
        {
            throw new NotReadyException();
        }
    }
}

/// <summary>One rank.</summary>
internal sealed class Member(Clique clique, int rank, SimulatedDevice device)
{
    private bool _isServed;

    public int Rank => rank;

    public SimulatedDevice Device => device;

    public int RankCount => clique.RankCount;

    /// <summary>Streams that collectives were given to.</summary>
    public HashSet<SimulatedStream> Streams { get; } = [];

    /// <summary>The collective that this rank's device has come to, while it waits for the others.</summary>
    public CollectiveCall? Arrived { get; private set; }

    /// <summary>Whether the host gave the communicator up: its collectives end without a result.</summary>
    public bool IsAborted { get; set; }

    /// <summary>This rank's device comes to a collective, in the order of its stream.</summary>
    public void Arrive(CollectiveCall call)
    {
        if (IsAborted)
        {
            return;
        }

        if (!_isServed)
        {
            if (Arrived is not null && !ReferenceEquals(Arrived, call))
            {
                throw Failure(call, $"rank {rank} makes two calls at a time on one communicator, {Arrived} and {call}");
            }

            Arrived = call;

            // Other devices go on by themselves; here, whoever waits for them does their work.
            foreach (Member other in clique.Members)
            {
                while (!_isServed && other.Arrived is null)
                {
                    SimulatedStream stream = other.Streams.FirstOrDefault(stream => !stream.IsIdle) ?? throw new NotReadyException();
                    stream.RunOne();
                }
            }

            if (!_isServed)
            {
                Serve();
            }
        }

        _isServed = false;
    }

    private void Serve()
    {
        Member[] members = [.. clique.Members];
        CollectiveCall first = members[0].Arrived!;
        foreach (Member other in members)
        {
            if (!other.Arrived!.AgreesWith(first))
            {
                throw Failure(first, $"rank 0 calls {first}, rank {other.Rank} calls {other.Arrived}: devices would hang, or exchange wrong numbers");
            }
        }

        first.Run(members);
        foreach (Member other in members)
        {
            (other.Arrived, other._isServed) = (null, true);
        }
    }

    private static SimulationException Failure(CollectiveCall call, string text) => new(FailureKind.Divergence, text) { Kernel = call.Name };
}
