using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>One rank's call of a collective.</summary>
/// <param name="Name">The function.</param>
/// <param name="Count">Elements of a share.</param>
/// <param name="Type">Of the elements (ncclDataType_t).</param>
/// <param name="Operation">How they are reduced, 0 for the sum; -1 for not at all.</param>
/// <param name="Root">Whose elements are sent, or -1.</param>
/// <param name="Source">Where this rank reads.</param>
/// <param name="Target">Where it writes.</param>
internal sealed record CollectiveCall(string Name, long Count, int Type, int Operation, int Root, ulong Source, ulong Target)
{
    private const int UInt8 = 1, Int32 = 2, Float32 = 7, Float64 = 8, BFloat16 = 9, InvalidArgument = 4;

    private int ElementBytes => Type switch { UInt8 => 1, BFloat16 => 2, Float64 => 8, _ => 4 };

    private long Bytes => Count * ElementBytes;

    /// <summary>Whether two ranks call the same.</summary>
    public bool AgreesWith(CollectiveCall other) =>
        (Name, Count, Type, Operation, Root) == (other.Name, other.Count, other.Type, other.Operation, other.Root);

    /// <summary>Refuses what a rank can know to be wrong without the others.</summary>
    public void Check(Member member, Func<int, string, Exception> refused)
    {
        bool isTypeKnown = Type is Float32 or Float64 or BFloat16 || (Operation < 0 && Type is UInt8 or Int32);
        if (!isTypeKnown || Operation > 0 || (Name == "ncclBroadcast" && (uint)Root >= (uint)member.RankCount))
        {
            throw refused(InvalidArgument, $"{this} is not there among {member.RankCount} ranks");
        }

        if (Count == 0)
        {
            return;
        }

        long sourceBytes = Name == "ncclReduceScatter" ? Bytes * member.RankCount : Bytes;
        long targetBytes = Name == "ncclAllGather" ? Bytes * member.RankCount : Bytes;
        member.Device.Memory.Range(Source, sourceBytes, $"{Name}'s source");
        member.Device.Memory.Range(Target, targetBytes, $"{Name}'s target");
        ulong share = (ulong)(Bytes * member.Rank);
        bool isInPlace = Name switch
        {
            "ncclAllGather" => Source == Target + share,
            "ncclReduceScatter" => Target == Source + share,
            _ => Source == Target,
        };
        if (!isInPlace && Source < Target + (ulong)targetBytes && Target < Source + (ulong)sourceBytes)
        {
            throw refused(InvalidArgument, $"{this} overlaps its result without being in place");
        }
    }

    /// <summary>Exchanges: all ranks have come to the same call.</summary>
    public void Run(Member[] members)
    {
        if (Count == 0)
        {
            return;
        }

        byte[][] sources = [.. members.Select(member => member.Arrived!.Read(member, members.Length))];
        byte[] whole = Name switch
        {
            "ncclBroadcast" => sources[Root],
            "ncclAllGather" => [.. sources.SelectMany(source => source)],
            _ => Sum(sources),
        };
        for (int rank = 0; rank < members.Length; rank++)
        {
            ReadOnlySpan<byte> share = Name == "ncclReduceScatter" ? whole.AsSpan((int)(rank * Bytes), (int)Bytes) : whole;
            members[rank].Device.Memory.Write(members[rank].Arrived!.Target, share);
        }
    }

    public override string ToString() => $"{Name} of {Count} elements of type {Type}{(Root >= 0 ? $" from rank {Root}" : "")}";

    private byte[] Read(Member member, int ranks)
    {
        byte[] bytes = new byte[Name == "ncclReduceScatter" ? Bytes * ranks : Bytes];
        if (Name == "ncclBroadcast" && member.Rank != Root)
        {
            return bytes;
        }

        try
        {
            member.Device.Memory.Read(Source, bytes);
        }
        catch (SimulationException failure)
        {
            throw new SimulationException(failure.Kind, $"{Name} on rank {member.Rank}: {failure.Message}") { Kernel = Name };
        }

        return bytes;
    }

    private byte[] Sum(byte[][] sources) => Type switch
    {
        Float32 => Sum<float>(sources),
        Float64 => Sum<double>(sources),
        _ => SumOfHalves(sources),
    };

    private static byte[] Sum<T>(byte[][] sources) where T : unmanaged, INumber<T>
    {
        byte[] sum = [.. sources[0]];
        Span<T> totals = MemoryMarshal.Cast<byte, T>(sum.AsSpan());
        foreach (byte[] source in sources.Skip(1))
        {
            ReadOnlySpan<T> terms = MemoryMarshal.Cast<byte, T>(source.AsSpan());
            for (int i = 0; i < totals.Length; i++)
            {
                totals[i] += terms[i];
            }
        }

        return sum;
    }

    /// <summary>Of bfloat16: each partial sum is rounded, as it travels from rank to rank.</summary>
    private static byte[] SumOfHalves(byte[][] sources)
    {
        byte[] sum = [.. sources[0]];
        Span<ushort> totals = MemoryMarshal.Cast<byte, ushort>(sum.AsSpan());
        foreach (byte[] source in sources.Skip(1))
        {
            ReadOnlySpan<ushort> terms = MemoryMarshal.Cast<byte, ushort>(source.AsSpan());
            for (int i = 0; i < totals.Length; i++)
            {
                uint bits = BitConverter.SingleToUInt32Bits(ToFloat(totals[i]) + ToFloat(terms[i]));
                totals[i] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
            }
        }

        return sum;
    }

    private static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
