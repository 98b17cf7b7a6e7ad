namespace Avion.Compute;

/// <summary>The ranks of one process that train on a GPU each and exchange tensors by NCCL.</summary>
/// <remarks>
/// A collective of NCCL hangs for good where a rank does not come to it, or computes nonsense where ranks ask for different things. So the
/// ranks first agree on each call in the process' memory, which takes microseconds and allocates nothing, and give it to their devices
/// together: a rank that fails, ends, disagrees or is late is an error for all that names it. What can still go wrong on the devices
/// themselves is found while their hosts wait for them: a rank that failed, a connection that was lost (<c>ncclCommGetAsyncError</c>), or no
/// progress within the group's patience ends the wait, and <c>ncclCommAbort</c> frees the device.
/// </remarks>
public sealed unsafe class NcclGroup : CommunicatorGroup
{
    private readonly SharedMemoryGroup _agreement;
    private readonly CudaDevice[] _devices;
    private readonly nint[] _communicators;

    /// <summary>Connects the devices.</summary>
    /// <param name="devices">One of each rank, all different.</param>
    /// <param name="patience">How long a rank waits for the others; null for <see cref="SharedMemoryGroup.DefaultPatience"/>.</param>
    /// <param name="cancellation">Releases all ranks that wait, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DllNotFoundException">NCCL is not there; the message says what to do.</exception>
    /// <exception cref="CudaException">The devices cannot be connected.</exception>
    public NcclGroup(IReadOnlyList<CudaDevice> devices, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        _devices = [.. devices];
        Patience = patience ?? SharedMemoryGroup.DefaultPatience;
        _communicators = new nint[_devices.Length];
        Library = new Nccl(_devices[0].Driver.Libraries.Open(CudaLibrary.Nccl));
        _agreement = new SharedMemoryGroup(_devices.Length, Patience, cancellation);
        try
        {
            Connect();
        }
        catch
        {
            for (int rank = 0; rank < _devices.Length; rank++)
            {
                Abort(rank);
            }

            _agreement.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override int RankCount => _devices.Length;

    internal Nccl Library { get; }

    /// <summary>How long a rank waits for the others, and a host for its device.</summary>
    internal TimeSpan Patience { get; }

    /// <summary>Where the ranks agree.</summary>
    internal SharedMemoryGroup Agreement => _agreement;

    /// <inheritdoc />
    public override Communicator Join(int rank, Device device)
    {
        _agreement.Sit(rank);
        if (device != _devices[rank])
        {
            throw new ArgumentException($"Rank {rank} joins with {device.Name}, and was connected with {_devices[rank].Name}.");
        }

        CudaCommunicator communicator = new(this, rank, _devices[rank], _communicators[rank]);
        _devices[rank].Watch = communicator;
        return communicator;
    }

    /// <inheritdoc />
    public override void Fail(int rank, Exception error) => _agreement.Fail(rank, error);

    /// <inheritdoc />
    public override void Leave(int rank) => _agreement.Leave(rank);

    /// <inheritdoc />
    public override void Dispose()
    {
        bool isBroken = _agreement.IsBroken;
        for (int rank = 0; rank < _devices.Length; rank++)
        {
            _devices[rank].Watch = null;
            if (_communicators[rank] == 0)
            {
                continue;
            }

            _ = _devices[rank].Driver;
            if (isBroken)
            {
                Abort(rank);
                continue;
            }

            _devices[rank].Synchronize();
            Library.Destroy(_communicators[rank]);
            _communicators[rank] = 0;
        }

        _agreement.Dispose();
    }

    /// <summary>Makes all ends at once, by one thread: a rank that is missing cannot keep the others waiting.</summary>
    private void Connect()
    {
        NcclUniqueId id = Library.CreateUniqueId();
        fixed (nint* communicators = _communicators)
        {
            Library.GroupStart();
            try
            {
                for (int rank = 0; rank < _devices.Length; rank++)
                {
                    _ = _devices[rank].Driver;
                    Library.Initialize(communicators + rank, _devices.Length, id, rank);
                }
            }
            catch
            {
                // The first error is the one to be told: the group that it leaves open ends with one of its own.
                Library.AbandonGroup();
                throw;
            }

            Library.GroupEnd();
        }
    }

    /// <summary>The library's handle of a rank's end; 0 where it was given up.</summary>
    internal nint CommunicatorOf(int rank) => _communicators[rank];

    /// <summary>Frees a rank's device from what it waits for.</summary>
    internal void Abort(int rank)
    {
        nint communicator = Interlocked.Exchange(ref _communicators[rank], 0);
        if (communicator != 0)
        {
            Library.Abort(communicator);
        }
    }
}
