using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Avion.Compute;

/// <summary>The ranks of one process that meet in its memory, each on a thread of its own.</summary>
/// <remarks>
/// A call has two meetings. At the first, every rank lays down its call; the last to come compares them all. Then each rank does its
/// share of the work on everybody's tensors. At the second they wait for one another, whatever happens in between, so that nobody's
/// memory goes while another still reads it. A rank that fails, ends, disagrees or is late breaks the group for good: every rank that
/// waits, or comes later, gets an error that says which rank and which call. No call allocates.
/// </remarks>
public sealed class SharedMemoryGroup : CommunicatorGroup
{
    /// <summary>How long a rank waits for the others unless told otherwise: far above the time that any step takes.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(10);

    // About 20 µs: bridges ranks that come together, and leaves the core to a rank that is still computing.
    private const int SpinIterations = 20;

    private readonly object _gate = new();
    private readonly Seat[] _seats;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenRegistration _cancellation;

    // Written under the gate.
    private Failure? _failure;
    private int _present;
    private int _working;
    private long _callsBegun;
    private long _callsDone;

    /// <summary>Prepares a group.</summary>
    /// <param name="rankCount">How many ranks will join.</param>
    /// <param name="patience">How long a rank waits for the others; null for <see cref="DefaultPatience"/>.</param>
    /// <param name="cancellation">Releases all ranks that wait, with an <see cref="OperationCanceledException"/>.</param>
    public SharedMemoryGroup(int rankCount, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rankCount);
        _seats = new Seat[rankCount];
        _patience = patience ?? DefaultPatience;
        _cancellation = cancellation.UnsafeRegister(static state => ((SharedMemoryGroup)state!).Cancel(), this);
    }

    /// <inheritdoc />
    public override int RankCount => _seats.Length;

    /// <summary>Whether a rank failed, ended, disagreed or was late, so that all calls fail.</summary>
    internal bool IsBroken
    {
        get
        {
            lock (_gate)
            {
                return _failure is not null;
            }
        }
    }

    /// <inheritdoc />
    public override Communicator Join(int rank, Device device)
    {
        Sit(rank);
        return new SharedMemoryCommunicator(this, rank, device as HostDevice
            ?? throw new ArgumentException($"The ranks of one process exchange tensors of the host's memory; {device.Name} has its own."));
    }

    /// <summary>Takes a rank's seat.</summary>
    internal void Sit(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, RankCount);
        lock (_gate)
        {
            if (_seats[rank].HasJoined)
            {
                throw new InvalidOperationException($"Rank {rank} of {RankCount} has joined its group already.");
            }

            _seats[rank].HasJoined = true;
        }
    }

    /// <inheritdoc />
    public override void Fail(int rank, Exception error)
    {
        lock (_gate)
        {
            Break(new Failure($"rank {rank} failed: {error.Message}", error));
        }
    }

    /// <inheritdoc />
    public override void Leave(int rank)
    {
        lock (_gate)
        {
            _seats[rank].HasLeft = true;
            for (int waiting = 0; waiting < RankCount && _present > 0; waiting++)
            {
                if (_seats[waiting].IsPresent)
                {
                    Break(LeftBehind(waiting));
                    return;
                }
            }
        }
    }

    /// <summary>Releases the registration at the cancellation token.</summary>
    public override void Dispose() => _cancellation.Unregister();

    /// <summary>The call that a rank has laid down; between <see cref="Meet"/> and <see cref="Part"/> every rank may read all.</summary>
    internal ref readonly RankCall CallOf(int rank) => ref _seats[rank].Call;

    /// <summary>Lays down a call and waits until all ranks have laid down the same.</summary>
    internal void Meet(int rank, in RankCall call, TimeSpan? patience = null)
    {
        long begun;
        lock (_gate)
        {
            ref Seat seat = ref _seats[rank];
            if (seat.IsPresent && _failure is null)
            {
                throw new InvalidOperationException($"Rank {rank} makes two calls at a time, {seat.Call} and {call}; a rank is one thread.");
            }

            seat.Call = call;
            seat.CallCount++;
            seat.IsPresent = true;
            _present++;
            if (_failure is null && Array.FindIndex(_seats, static other => other.HasLeft) >= 0)
            {
                Break(LeftBehind(rank));
            }

            if (_failure is null && _present == RankCount && FindDisagreement() is { } disagreement)
            {
                Break(disagreement);
            }

            ThrowIfBroken(rank);
            if (_present == RankCount)
            {
                BeginWork();
                return;
            }

            begun = _callsBegun;
        }

        SpinWhile(ref _callsBegun, begun);
        lock (_gate)
        {
            WaitForOthers(rank, begun, patience ?? _patience);
        }
    }

    /// <summary>Ends this rank's share of the work and waits for that of the others, which comes whatever happens.</summary>
    internal void Part()
    {
        long done;
        lock (_gate)
        {
            done = _callsDone;
            if (--_working == 0)
            {
                _callsDone++;
                Monitor.PulseAll(_gate);
                return;
            }
        }

        SpinWhile(ref _callsDone, done);
        lock (_gate)
        {
            while (_callsDone == done)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Throws if the group is broken, or is so now because a rank's device has not come to an end in time.</summary>
    internal void Check(int rank, TimeSpan waited, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_failure is null && patience != Timeout.InfiniteTimeSpan && waited > patience)
            {
                Break(new Failure($"the device of rank {rank} did not come to an end within {patience.TotalSeconds:0.###} s, "
                    + $"its last call was {LastCallOf(rank)}"));
            }

            ThrowIfBroken(rank);
        }
    }

    /// <summary>What a rank throws whose last call failed on its device.</summary>
    internal CommunicationException GivenUp(int rank, Exception cause)
    {
        lock (_gate)
        {
            return new CommunicationException(
                $"Rank {rank} gives up its call {_seats[rank].CallCount}, {_seats[rank].Call}: {cause.Message}", cause);
        }
    }

    private static void SpinWhile(ref long counter, long value)
    {
        SpinWait spin = default;
        for (int i = 0; i < SpinIterations && Volatile.Read(ref counter) == value; i++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void WaitForOthers(int rank, long begun, TimeSpan patience)
    {
        long started = Stopwatch.GetTimestamp();
        while (_callsBegun == begun)
        {
            ThrowIfBroken(rank);
            if (patience == Timeout.InfiniteTimeSpan)
            {
                Monitor.Wait(_gate);
                continue;
            }

            double left = Math.Ceiling((patience - Stopwatch.GetElapsedTime(started)).TotalMilliseconds);
            if (left <= 0)
            {
                Break(Late(rank, patience));
                continue;
            }

            Monitor.Wait(_gate, (int)Math.Min(left, int.MaxValue));
        }
    }

    private void BeginWork()
    {
        for (int rank = 0; rank < RankCount; rank++)
        {
            _seats[rank].IsPresent = false;
        }

        (_present, _working) = (0, RankCount);
        _callsBegun++;
        Monitor.PulseAll(_gate);
    }

    private void Cancel()
    {
        lock (_gate)
        {
            Break(new Failure("the run is cancelled", new OperationCanceledException()));
        }
    }

    private void Break(Failure failure)
    {
        _failure ??= failure;
        Monitor.PulseAll(_gate);
    }

    private void ThrowIfBroken(int rank)
    {
        if (_failure is { } failure)
        {
            Throw(rank, failure);
        }
    }

    [DoesNotReturn]
    private void Throw(int rank, Failure failure)
    {
        string message = $"Rank {rank} gives up its call {_seats[rank].CallCount}, {_seats[rank].Call}: {failure.Sentence}.";
        throw failure.Cause is OperationCanceledException
            ? new OperationCanceledException(message, failure.Cause)
            : new CommunicationException(message, failure.Cause);
    }

    private Failure? FindDisagreement()
    {
        for (int rank = 1; rank < RankCount; rank++)
        {
            if (!_seats[rank].Call.AgreesWith(_seats[0].Call))
            {
                return new Failure("the ranks do not agree, "
                    + $"rank 0 calls {_seats[0].Call}, rank {rank} calls {_seats[rank].Call}; every rank makes the same calls in the same order");
            }
        }

        return null;
    }

    private Failure LeftBehind(int waiting)
    {
        int left = Array.FindIndex(_seats, static seat => seat.HasLeft);
        return new Failure($"rank {left} has ended, its last call was {LastCallOf(left)}, "
            + $"while rank {waiting} waits in call {_seats[waiting].CallCount}, {_seats[waiting].Call}");
    }

    private Failure Late(int waiting, TimeSpan patience)
    {
        string late = string.Join("; ", Enumerable.Range(0, RankCount).Where(rank => !_seats[rank].IsPresent)
            .Select(rank => $"rank {rank} did not come within {patience.TotalSeconds:0.###} s, its last call was {LastCallOf(rank)}"));
        return new Failure($"{late}, while rank {waiting} waits in call {_seats[waiting].CallCount}, {_seats[waiting].Call}");
    }

    private string LastCallOf(int rank) =>
        _seats[rank].CallCount == 0 ? "none" : $"call {_seats[rank].CallCount}, {_seats[rank].Call}";

    /// <summary>Why the group is broken.</summary>
    private sealed record Failure(string Sentence, Exception? Cause = null);

    /// <summary>What the group knows of one rank.</summary>
    private struct Seat
    {
        public RankCall Call;
        public long CallCount;
        public bool IsPresent, HasJoined, HasLeft;
    }
}
