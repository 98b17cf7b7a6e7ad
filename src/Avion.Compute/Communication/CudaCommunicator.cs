namespace Avion.Compute;

/// <summary>One rank of an <see cref="NcclGroup"/>: collectives in the order of its device's stream.</summary>
/// <remarks>
/// Sums are added in an order that depends on how the GPUs are connected, and so is the same from run to run on one machine; two ranks
/// have one order only. Sums of float32 are exact to a rounding for each rank; those of bfloat16 are rounded to bfloat16 each time.
/// </remarks>
internal sealed class CudaCommunicator : Communicator, IDeviceWatch
{
    private readonly NcclGroup _group;
    private readonly CudaDevice _device;
    private readonly nint _communicator;
    private CommunicationException? _failure;

    internal CudaCommunicator(NcclGroup group, int rank, CudaDevice device, nint communicator) =>
        (_group, Rank, _device, _communicator) = (group, rank, device, communicator);

    /// <inheritdoc />
    public override int Rank { get; }

    /// <inheritdoc />
    public override int RankCount => _group.RankCount;

    /// <inheritdoc />
    public override void AllReduceSum(Tensor tensor)
    {
        _ = SummableType("AllReduceSum", tensor);
        using OperationScope scope = _device.Begin("Communicator.AllReduceSum", tensor.Count * (RankCount - 1) / RankCount, 2 * tensor.ByteCount);
        Exchange(new RankCall(RankOperation.AllReduceSum, tensor, tensor, 0));
    }

    /// <inheritdoc />
    public override void AllGather(Tensor source, Tensor destination)
    {
        CheckShares("AllGather", source, destination);
        using OperationScope scope = _device.Begin("Communicator.AllGather", 0, 2 * destination.ByteCount);
        Exchange(new RankCall(RankOperation.AllGather, source, destination, 0));
    }

    /// <inheritdoc />
    public override void ReduceScatterSum(Tensor source, Tensor destination)
    {
        _ = SummableType("ReduceScatterSum", source);
        CheckShares("ReduceScatterSum", destination, source);
        using OperationScope scope = _device.Begin("Communicator.ReduceScatterSum", destination.Count * (RankCount - 1),
            source.ByteCount + destination.ByteCount);
        Exchange(new RankCall(RankOperation.ReduceScatterSum, source, destination, 0));
    }

    /// <inheritdoc />
    public override void Broadcast(Tensor tensor, int root)
    {
        if ((uint)root >= (uint)RankCount)
        {
            throw new ArgumentOutOfRangeException(nameof(root), root, $"Broadcast: the ranks are 0 to {RankCount - 1}.");
        }

        using OperationScope scope = _device.Begin("Communicator.Broadcast", 0, 2 * tensor.ByteCount);
        Exchange(new RankCall(RankOperation.Broadcast, tensor, tensor, root));
    }

    /// <inheritdoc />
    public override void Barrier(TimeSpan? patience = null)
    {
        _group.Agreement.Meet(Rank, new RankCall(RankOperation.Barrier, default, default, 0), patience);
        _group.Agreement.Part();
    }

    /// <inheritdoc />
    void IDeviceWatch.Check(TimeSpan waited)
    {
        try
        {
            _group.Agreement.Check(Rank, waited, _group.Patience);
            if (_failure is not null)
            {
                throw _failure;
            }

            _group.Library.CheckState(_communicator);
        }
        catch (CudaException failure)
        {
            _group.Abort(Rank);
            throw _failure = _group.Agreement.GivenUp(Rank, failure);
        }
        catch (Exception failure) when (failure is CommunicationException or OperationCanceledException)
        {
            _group.Abort(Rank);
            throw;
        }
    }

    /// <summary>Agrees with the others on a call, and gives it to the device together with them.</summary>
    private void Exchange(in RankCall call)
    {
        (Tensor source, Tensor destination) = (call.Source, call.Destination);
        nint stream = _device.Stream;
        Nccl library = _group.Library;
        _device.ExchangeCount++;
        _group.Agreement.Meet(Rank, call);
        try
        {
            _ = _device.Driver;
            _device.NoteWork((ulong)call.Operation, (ulong)source.Data, (ulong)destination.Data, (ulong)source.Count);
            switch (call.Operation)
            {
                case RankOperation.AllReduceSum:
                    library.AllReduceSum(source.Data, source.Count, SummableType("AllReduceSum", source), _communicator, stream);
                    break;
                case RankOperation.ReduceScatterSum:
                    library.ReduceScatterSum(source.Data, destination.Data, destination.Count, SummableType("ReduceScatterSum", source), _communicator,
                        stream);
                    break;
                case RankOperation.AllGather:
                    library.AllGather(source.Data, destination.Data, source.ByteCount, NcclType.UInt8, _communicator, stream);
                    break;
                default:
                    library.Broadcast(source.Data, source.ByteCount, NcclType.UInt8, call.Root, _communicator, stream);
                    break;
            }
        }
        catch (CudaException failure)
        {
            throw _group.Agreement.GivenUp(Rank, failure);
        }
        finally
        {
            _group.Agreement.Part();
        }
    }

    private static NcclType SummableType(string operation, Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => NcclType.Float32,
        ElementType.BFloat16 => NcclType.BFloat16,
        _ => throw new ArgumentException($"{operation}: got {tensor}; GPUs sum Float32 and BFloat16."),
    };

    private void CheckShares(string operation, Tensor share, Tensor whole)
    {
        if (share.Type != whole.Type || share.Count * RankCount != whole.Count)
        {
            throw new ArgumentException($"{operation}: got a share {share} and a whole {whole} for {RankCount} ranks; "
                + $"expected one type, and {RankCount} times as many elements in the whole.");
        }
    }
}
