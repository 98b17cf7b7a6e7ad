namespace Avion.Compute;

/// <summary>One rank of a <see cref="SharedMemoryGroup"/>: reads and writes the tensors of all ranks in place.</summary>
/// <remarks>
/// n elements, W ranks. A sum is cut into W shares; each rank sums its share of all tensors in rank order, with its own compute threads,
/// and writes it wherever it belongs. So every element is read and written once a rank, and the result has the same bits on every rank,
/// for any number of threads and any timing.
/// </remarks>
internal sealed unsafe class SharedMemoryCommunicator : Communicator
{
    // A cache line of float32: no two ranks write to one line.
    private const int ShareMultiple = 16;

    private readonly SharedMemoryGroup _group;
    private readonly HostDevice _device;

    internal SharedMemoryCommunicator(SharedMemoryGroup group, int rank, HostDevice device) =>
        (_group, Rank, _device) = (group, rank, device);

    /// <inheritdoc />
    public override int Rank { get; }

    /// <inheritdoc />
    public override int RankCount => _group.RankCount;

    /// <inheritdoc />
    public override void AllReduceSum(Tensor tensor)
    {
        CheckSummable("AllReduceSum", tensor);
        using OperationScope scope = _device.Begin("Communicator.AllReduceSum", tensor.Count * (RankCount - 1) / RankCount,
            2 * tensor.ByteCount);
        _group.Meet(Rank, new RankCall(RankOperation.AllReduceSum, tensor, tensor, 0));
        try
        {
            long lines = (tensor.Count + (RankCount * ShareMultiple) - 1) / (RankCount * ShareMultiple);
            long share = lines * ShareMultiple;
            long first = Math.Min(share * Rank, tensor.Count), end = Math.Min(first + share, tensor.Count);
            nint* addresses = stackalloc nint[RankCount];
            Sources(addresses, first);
            Sum(new RankSum(addresses, RankCount, addresses, RankCount, end - first, tensor.Type == ElementType.BFloat16), tensor.Type);
        }
        finally
        {
            _group.Part();
        }
    }

    /// <inheritdoc />
    public override void AllGather(Tensor source, Tensor destination)
    {
        CheckShares("AllGather", source, destination);
        using OperationScope scope = _device.Begin("Communicator.AllGather", 0, 2 * destination.ByteCount);
        _group.Meet(Rank, new RankCall(RankOperation.AllGather, source, destination, 0));
        try
        {
            for (int rank = 0; rank < RankCount; rank++)
            {
                CopyUnlessSame(_group.CallOf(rank).Source.Data, destination.Data + ((nint)source.ByteCount * rank), source.ByteCount);
            }
        }
        finally
        {
            _group.Part();
        }
    }

    /// <inheritdoc />
    public override void ReduceScatterSum(Tensor source, Tensor destination)
    {
        CheckSummable("ReduceScatterSum", source);
        CheckShares("ReduceScatterSum", destination, source);
        using OperationScope scope = _device.Begin("Communicator.ReduceScatterSum", destination.Count * (RankCount - 1),
            source.ByteCount + destination.ByteCount);
        _group.Meet(Rank, new RankCall(RankOperation.ReduceScatterSum, source, destination, 0));
        try
        {
            nint* addresses = stackalloc nint[RankCount];
            nint target = destination.Data;
            Sources(addresses, destination.Count * Rank);
            Sum(new RankSum(addresses, RankCount, &target, 1, destination.Count, source.Type == ElementType.BFloat16), source.Type);
        }
        finally
        {
            _group.Part();
        }
    }

    /// <inheritdoc />
    public override void Broadcast(Tensor tensor, int root)
    {
        if ((uint)root >= (uint)RankCount)
        {
            throw new ArgumentOutOfRangeException(nameof(root), root, $"Broadcast: the ranks are 0 to {RankCount - 1}.");
        }

        using OperationScope scope = _device.Begin("Communicator.Broadcast", 0, 2 * tensor.ByteCount);
        _group.Meet(Rank, new RankCall(RankOperation.Broadcast, tensor, tensor, root));
        try
        {
            CopyUnlessSame(_group.CallOf(root).Source.Data, tensor.Data, tensor.ByteCount);
        }
        finally
        {
            _group.Part();
        }
    }

    /// <inheritdoc />
    public override void Barrier(TimeSpan? patience = null)
    {
        _group.Meet(Rank, new RankCall(RankOperation.Barrier, default, default, 0), patience);
        _group.Part();
    }

    private static void CopyUnlessSame(nint source, nint destination, long byteCount)
    {
        if (source != destination)
        {
            Buffer.MemoryCopy((void*)source, (void*)destination, byteCount, byteCount);
        }
    }

    private static void CheckSummable(string operation, Tensor tensor)
    {
        if (tensor.Type is not (ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16))
        {
            throw new ArgumentException($"{operation}: got {tensor}; the ranks of one process sum Float32, Float64 and BFloat16.");
        }
    }

    private void CheckShares(string operation, Tensor share, Tensor whole)
    {
        if (share.Type != whole.Type || share.Count * RankCount != whole.Count)
        {
            throw new ArgumentException($"{operation}: got a share {share} and a whole {whole} for {RankCount} ranks; "
                + $"expected one type, and {RankCount} times as many elements in the whole.");
        }
    }

    /// <summary>Where each rank's source begins, from an element on.</summary>
    private void Sources(nint* addresses, long first)
    {
        for (int rank = 0; rank < RankCount; rank++)
        {
            Tensor source = _group.CallOf(rank).Source;
            addresses[rank] = source.Data + (nint)(first * source.Type.SizeInBytes());
        }
    }

    private void Sum(RankSum sum, ElementType type)
    {
        if (type == ElementType.Float64)
        {
            sum.Range<double>(0, sum.Count);
        }
        else if (_device is CpuDevice cpu)
        {
            cpu.Workers.Run(sum.ChunkCount, ref sum);
        }
        else
        {
            sum.Range<float>(0, sum.Count);
        }
    }
}
