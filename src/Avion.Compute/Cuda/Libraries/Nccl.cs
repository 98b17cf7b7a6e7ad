using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The functions of NCCL that Avion calls: a table of addresses, filled once.</summary>
/// <remarks>A call that succeeds allocates nothing here. Source: NCCL user guide, "NCCL API"; the functions are the same in all of NCCL 2.</remarks>
internal sealed unsafe class Nccl
{
    private const int Sum = 0, InProgress = 7;

    private readonly delegate* unmanaged<int*, int> _getVersion;
    private readonly delegate* unmanaged<int, nint> _getErrorString;
    private readonly delegate* unmanaged<NcclUniqueId*, int> _getUniqueId;
    private readonly delegate* unmanaged<int> _groupStart, _groupEnd;
    private readonly delegate* unmanaged<nint*, int, NcclUniqueId, int, int> _initialize;
    private readonly delegate* unmanaged<nint, int> _destroy, _abort;
    private readonly delegate* unmanaged<nint, int*, int> _getAsyncError;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> _allReduce, _reduceScatter, _broadcast;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> _allGather;

    /// <summary>Fills the table.</summary>
    /// <exception cref="EntryPointNotFoundException">A function is missing.</exception>
    public Nccl(CudaFunctions functions)
    {
        Source = functions.Source;
        nint Find(string function) => functions.Require(function, "NCCL 2.4");
        _getVersion = (delegate* unmanaged<int*, int>)Find("ncclGetVersion");
        _getErrorString = (delegate* unmanaged<int, nint>)Find("ncclGetErrorString");
        _getUniqueId = (delegate* unmanaged<NcclUniqueId*, int>)Find("ncclGetUniqueId");
        _groupStart = (delegate* unmanaged<int>)Find("ncclGroupStart");
        _groupEnd = (delegate* unmanaged<int>)Find("ncclGroupEnd");
        _initialize = (delegate* unmanaged<nint*, int, NcclUniqueId, int, int>)Find("ncclCommInitRank");
        _destroy = (delegate* unmanaged<nint, int>)Find("ncclCommDestroy");
        _abort = (delegate* unmanaged<nint, int>)Find("ncclCommAbort");
        _getAsyncError = (delegate* unmanaged<nint, int*, int>)Find("ncclCommGetAsyncError");
        _allReduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find("ncclAllReduce");
        _allGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Find("ncclAllGather");
        _reduceScatter = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find("ncclReduceScatter");
        _broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find("ncclBroadcast");
    }

    /// <summary>The file it comes from.</summary>
    public string Source { get; }

    /// <summary>Its version, such as 2.23.4.</summary>
    public Version Version
    {
        get
        {
            int number;
            Check(_getVersion(&number), "ncclGetVersion");
            return number < 10000 ? new Version(number / 1000, number / 100 % 10, number % 100) : new Version(number / 10000, number / 100 % 100, number % 100);
        }
    }

    /// <summary>What ranks that belong together know.</summary>
    public NcclUniqueId CreateUniqueId()
    {
        NcclUniqueId id;
        Check(_getUniqueId(&id), "ncclGetUniqueId");
        return id;
    }

    /// <summary>From here to <see cref="GroupEnd"/> calls for several devices are made by one thread.</summary>
    public void GroupStart() => Check(_groupStart(), "ncclGroupStart");

    /// <summary>Waits for what was begun since <see cref="GroupStart"/>.</summary>
    public void GroupEnd() => Check(_groupEnd(), "ncclGroupEnd");

    /// <summary>Ends a group in which a call failed, whatever becomes of it.</summary>
    public void AbandonGroup() => _ = _groupEnd();

    /// <summary>Makes a rank's end on the current device, written by the end of the group at the latest.</summary>
    public void Initialize(nint* communicator, int rankCount, NcclUniqueId id, int rank) =>
        Check(_initialize(communicator, rankCount, id, rank), "ncclCommInitRank");

    /// <summary>Gives a communicator back whose work is done.</summary>
    public void Destroy(nint communicator) => Check(_destroy(communicator), "ncclCommDestroy");

    /// <summary>Gives a communicator back and ends its work on the device, done or not.</summary>
    public void Abort(nint communicator) => Check(_abort(communicator), "ncclCommAbort");

    /// <summary>Throws what went wrong on the device or between the ranks since.</summary>
    public void CheckState(nint communicator)
    {
        int state;
        Check(_getAsyncError(communicator, &state), "ncclCommGetAsyncError");
        if (state != InProgress)
        {
            Check(state, "a collective of NCCL");
        }
    }

    public void AllReduceSum(nint tensor, long count, NcclType type, nint communicator, nint stream) =>
        Check(_allReduce(tensor, tensor, (nuint)count, (int)type, Sum, communicator, stream), "ncclAllReduce");

    public void AllGather(nint source, nint destination, long count, NcclType type, nint communicator, nint stream) =>
        Check(_allGather(source, destination, (nuint)count, (int)type, communicator, stream), "ncclAllGather");

    public void ReduceScatterSum(nint source, nint destination, long count, NcclType type, nint communicator, nint stream) =>
        Check(_reduceScatter(source, destination, (nuint)count, (int)type, Sum, communicator, stream), "ncclReduceScatter");

    public void Broadcast(nint tensor, long count, NcclType type, int root, nint communicator, nint stream) =>
        Check(_broadcast(tensor, tensor, (nuint)count, (int)type, root, communicator, stream), "ncclBroadcast");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(int result, string call)
    {
        if (result != 0)
        {
            Throw(result, call);
        }
    }

    private void Throw(int result, string call)
    {
        string name = result switch
        {
            1 => "ncclUnhandledCudaError", 2 => "ncclSystemError", 3 => "ncclInternalError", 4 => "ncclInvalidArgument", 5 => "ncclInvalidUsage",
            6 => "ncclRemoteError", InProgress => "ncclInProgress", _ => "unknown result",
        };
        throw new CudaException(call, result, name, Marshal.PtrToStringUTF8(_getErrorString(result)) ?? "no description");
    }
}

/// <summary>128 bytes that ranks know each other by; passed by value (ncclUniqueId).</summary>
[InlineArray(128)]
internal struct NcclUniqueId
{
    private byte _first;
}

/// <summary>Types of elements (ncclDataType_t).</summary>
internal enum NcclType
{
    /// <summary>Bytes.</summary>
    UInt8 = 1,

    /// <summary>Float32.</summary>
    Float32 = 7,

    /// <summary>BFloat16.</summary>
    BFloat16 = 9,
}
