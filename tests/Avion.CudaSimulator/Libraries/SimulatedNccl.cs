namespace Avion.CudaSimulator;

/// <summary>NCCL without GPUs: ranks of one process on simulated devices, exchanging in stream order.</summary>
/// <remarks>
/// A collective waits, on its device's stream, until those of all ranks have come to theirs, and hangs as on GPUs where one never does.
/// Strict where the library is silent: ranks whose calls differ in operation, number, type or root are an error that names both calls
/// instead of a hang or wrong numbers; so are a stream of another device, and operands that overlap without being in place.
/// </remarks>
internal static unsafe class SimulatedNccl
{
    private const int UnhandledCudaError = 1, InvalidArgument = 4, InvalidUsage = 5, InProgress = 7, Version = 22304, IdBytes = 128;

    private static readonly Dictionary<ulong, Clique> s_cliques = [];
    private static ulong s_lastId;

    [ThreadStatic]
    private static List<Clique>? t_opening;

    [ThreadStatic]
    private static bool t_hasFailed;

    public static IReadOnlyDictionary<string, nint> Exports { get; } = new Dictionary<string, nint>
    {
        ["ncclGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&GetVersion,
        ["ncclGetErrorString"] = (nint)(delegate* unmanaged<int, nint>)&GetErrorString,
        ["ncclGetUniqueId"] = (nint)(delegate* unmanaged<UniqueId*, int>)&GetUniqueId,
        ["ncclGroupStart"] = (nint)(delegate* unmanaged<int>)&GroupStart,
        ["ncclGroupEnd"] = (nint)(delegate* unmanaged<int>)&GroupEnd,
        ["ncclCommInitRank"] = (nint)(delegate* unmanaged<nint*, int, UniqueId, int, int>)&Initialize,
        ["ncclCommDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
        ["ncclCommAbort"] = (nint)(delegate* unmanaged<nint, int>)&Abort,
        ["ncclCommGetAsyncError"] = (nint)(delegate* unmanaged<nint, int*, int>)&GetAsyncError,
        ["ncclAllReduce"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, int, int, nint, nint, int>)&AllReduce,
        ["ncclAllGather"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, int, nint, nint, int>)&AllGather,
        ["ncclReduceScatter"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, int, int, nint, nint, int>)&ReduceScatter,
        ["ncclBroadcast"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, int, int, nint, nint, int>)&Broadcast,
    };

    [UnmanagedCallersOnly]
    private static int GetVersion(int* version)
    {
        *version = Version;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint GetErrorString(int result) => SimulatedDriver.Text(SimulatedDriver.LastTextOfCurrent.TrimEnd('.'));

    [UnmanagedCallersOnly]
    private static int GetUniqueId(UniqueId* id) => Call("ncclGetUniqueId", _ =>
    {
        *id = new UniqueId { Number = ++s_lastId };
        new Span<byte>((byte*)id + sizeof(ulong), IdBytes - sizeof(ulong)).Fill((byte)s_lastId);
    });

    [UnmanagedCallersOnly]
    private static int GroupStart() => Call("ncclGroupStart", _ => (t_opening, t_hasFailed) =
        (t_opening is null ? [] : throw Refused(InvalidUsage, "groups within groups are not simulated"), false));

    [UnmanagedCallersOnly]
    private static int GroupEnd() => Call("ncclGroupEnd", driver =>
    {
        List<Clique> opening = t_opening ?? throw Refused(InvalidUsage, "no group has been started");
        t_opening = null;
        if (t_hasFailed)
        {
            throw Refused(InvalidUsage, "a call of the group failed");
        }

        driver.WaitUntil(() => opening.ForEach(clique => clique.CheckWhole()));
    });

    [UnmanagedCallersOnly]
    private static int Initialize(nint* communicator, int rankCount, UniqueId id, int rank) =>
        Initialize(communicator, rankCount, id.Number, ((byte*)&id)[IdBytes - 1], rank);

    private static int Initialize(nint* communicator, int rankCount, ulong id, byte last, int rank) => Call("ncclCommInitRank", driver =>
    {
        if (id == 0 || id > s_lastId || last != (byte)id || (uint)rank >= (uint)rankCount)
        {
            throw Refused(InvalidArgument, $"rank {rank} of {rankCount} with an identifier that {(last == (byte)id ? "nobody made" : "is cut off")}");
        }

        if (!s_cliques.TryGetValue(id, out Clique? clique))
        {
            s_cliques.Add(id, clique = new Clique(rankCount));
        }

        Member member = clique.Add(rank, rankCount, driver.CurrentDevice, Refused);
        *communicator = driver.Open(member);
        if (t_opening is { } opening)
        {
            opening.Add(clique);
        }
        else
        {
            driver.WaitUntil(clique.CheckWhole);
        }
    }, refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int Destroy(nint communicator) => Call("ncclCommDestroy", driver =>
    {
        foreach (SimulatedStream stream in driver.Of<Member>(communicator).Streams)
        {
            driver.Finish(stream);
        }

        driver.Close<Member>(communicator);
    });

    [UnmanagedCallersOnly]
    private static int Abort(nint communicator) => Call("ncclCommAbort", driver =>
    {
        driver.Of<Member>(communicator).IsAborted = true;
        driver.Close<Member>(communicator);
    });

    [UnmanagedCallersOnly]
    private static int GetAsyncError(nint communicator, int* state) => Call("ncclCommGetAsyncError", driver =>
    {
        driver.Of<Member>(communicator);
        *state = driver.NcclState;
    });

    [UnmanagedCallersOnly]
    private static int AllReduce(ulong source, ulong target, nuint count, int type, int operation, nint communicator, nint stream) =>
        Exchange(new CollectiveCall("ncclAllReduce", (long)count, type, operation, Root: -1, source, target), communicator, stream);

    [UnmanagedCallersOnly]
    private static int AllGather(ulong source, ulong target, nuint count, int type, nint communicator, nint stream) =>
        Exchange(new CollectiveCall("ncclAllGather", (long)count, type, Operation: -1, Root: -1, source, target), communicator, stream);

    [UnmanagedCallersOnly]
    private static int ReduceScatter(ulong source, ulong target, nuint count, int type, int operation, nint communicator, nint stream) =>
        Exchange(new CollectiveCall("ncclReduceScatter", (long)count, type, operation, Root: -1, source, target), communicator, stream);

    [UnmanagedCallersOnly]
    private static int Broadcast(ulong source, ulong target, nuint count, int type, int root, nint communicator, nint stream) =>
        Exchange(new CollectiveCall("ncclBroadcast", (long)count, type, Operation: -1, root, source, target), communicator, stream);

    private static int Exchange(CollectiveCall call, nint communicator, nint stream) => Call(call.Name, driver =>
    {
        Member member = driver.Of<Member>(communicator);
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        if (chosen.Device != member.Device)
        {
            throw Refused(InvalidUsage, "the stream is of another device than the communicator");
        }

        call.Check(member, Refused);
        member.Streams.Add(chosen);
        chosen.Submit(() => member.Arrive(call));
    });

    private static DriverError Refused(int result, string text) => new(result, text);

    private static int Call(string function, Action<SimulatedDriver> body, bool refusedInCapture = false)
    {
        int result = SimulatedDriver.OnCurrent(function, driver =>
        {
            try
            {
                body(driver);
            }
            catch (SimulationException failure) when (failure.Kernel is null)
            {
                throw new DriverError(InvalidArgument, failure.Message);
            }
        }, refusedInCapture);
        t_hasFailed |= result != 0;
        return result switch
        {
            <= InProgress => result,
            ErrorCodes.InvalidHandle => InvalidArgument,
            _ => UnhandledCudaError,
        };
    }

    /// <summary>128 bytes, passed by value.</summary>
    [StructLayout(LayoutKind.Sequential, Size = IdBytes)]
    private struct UniqueId
    {
        public ulong Number;
    }
}
