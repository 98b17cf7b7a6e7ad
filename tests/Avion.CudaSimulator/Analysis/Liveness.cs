using System.Numerics;

namespace Avion.CudaSimulator;

/// <summary>Which registers live where, found from what each instruction reads and writes.</summary>
/// <remarks>
/// A guarded write does not end the life of what was there before. So a register that lives at the kernel's start is one that some path
/// reads before it writes it; every other read follows a write on every path, whatever lane takes it.
/// </remarks>
internal sealed class Liveness
{
    private readonly PtxKernel _kernel;
    private readonly IReadOnlyList<DecodedInstruction> _code;
    private readonly Dictionary<string, int> _numbers = [];
    private readonly string[] _names;
    private readonly ulong[][] _liveIn;

    public Liveness(PtxKernel kernel, IReadOnlyList<DecodedInstruction> code)
    {
        (_kernel, _code) = (kernel, code);
        foreach (string name in kernel.Registers.Keys)
        {
            _numbers.Add(name, _numbers.Count);
        }

        _names = [.. _numbers.Keys];
        _liveIn = new ulong[code.Count + 1][];
        Solve();
    }

    /// <summary>Registers that some path reads before it writes them, and those that such are moved to.</summary>
    public HashSet<string> MaybeUnwritten()
    {
        HashSet<string> watched = [.. Names(_liveIn[0])];
        for (int before = -1; before != watched.Count;)
        {
            before = watched.Count;
            foreach (DecodedInstruction instruction in _code.Where(instruction => instruction.IsMove && instruction.Reads.Exists(watched.Contains)))
            {
                watched.UnionWith(instruction.Writes);
            }
        }

        return watched;
    }

    /// <summary>Most 32-bit registers that live at once; predicates are not counted.</summary>
    public int LargestPressure()
    {
        int largest = 0;
        int[] sizes = [.. _names.Select(name => Size(_kernel.Registers[name]))];
        foreach (ulong[] live in _liveIn)
        {
            largest = Math.Max(largest, Numbers(live).Sum(number => sizes[number]));
        }

        return largest;

        static int Size(PtxType type) => type.IsPredicate ? 0 : RegisterMap.IsWide(type) ? 2 : 1;
    }

    /// <summary>Places that registers share whose lives do not meet, in the order of the text; those that are watched share with none.</summary>
    public RegisterMap Pack(HashSet<string> watched)
    {
        int[] first = new int[_names.Length], last = new int[_names.Length];
        Array.Fill(first, int.MaxValue);
        Array.Fill(last, -1);
        for (int i = 0; i < _code.Count; i++)
        {
            foreach (int number in Numbers(_liveIn[i]).Concat(_code[i].Reads.Concat(_code[i].Writes).Select(name => _numbers[name])))
            {
                first[number] = Math.Min(first[number], i);
                last[number] = Math.Max(last[number], i);
            }
        }

        Dictionary<string, int> places = [];
        int bytes = 0;
        PriorityQueue<(int Place, bool IsWide), int> living = new();
        Stack<int>[] free = [new(), new()];
        foreach (int number in Enumerable.Range(0, _names.Length).Where(number => last[number] >= 0).OrderBy(number => first[number]))
        {
            PtxType type = _kernel.Registers[_names[number]];
            if (type.IsPredicate)
            {
                continue;
            }

            while (living.TryPeek(out (int Place, bool IsWide) ended, out int end) && end < first[number])
            {
                living.Dequeue();
                free[ended.IsWide ? 1 : 0].Push(ended.Place);
            }

            bool isWide = RegisterMap.IsWide(type);
            if (!free[isWide ? 1 : 0].TryPop(out int place))
            {
                place = bytes;
                bytes += isWide ? RegisterMap.WideBytes : RegisterMap.NarrowBytes;
            }

            places.Add(_names[number], place);
            living.Enqueue((place, isWide), watched.Contains(_names[number]) ? int.MaxValue : last[number]);
        }

        return RegisterMap.Packed(_kernel, places, bytes);
    }

    private void Solve()
    {
        int words = (_names.Length + 63) / 64;
        for (int i = 0; i <= _code.Count; i++)
        {
            _liveIn[i] = new ulong[words];
        }

        ulong[] live = new ulong[words];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = _code.Count - 1; i >= 0; i--)
            {
                DecodedInstruction instruction = _code[i];
                Array.Clear(live);
                if (!instruction.Ends)
                {
                    Add(_liveIn[i + 1]);
                }

                if (instruction.Target >= 0)
                {
                    Add(_liveIn[instruction.Target]);
                }

                if (!instruction.IsGuarded)
                {
                    instruction.Writes.ForEach(name => live[_numbers[name] / 64] &= ~(1UL << (_numbers[name] % 64)));
                }

                instruction.Reads.ForEach(name => live[_numbers[name] / 64] |= 1UL << (_numbers[name] % 64));
                if (!live.AsSpan().SequenceEqual(_liveIn[i]))
                {
                    live.CopyTo(_liveIn[i], 0);
                    changed = true;
                }
            }
        }

        void Add(ulong[] other)
        {
            for (int w = 0; w < words; w++)
            {
                live[w] |= other[w];
            }
        }
    }

    private IEnumerable<string> Names(ulong[] set) => Numbers(set).Select(number => _names[number]);

    private static IEnumerable<int> Numbers(ulong[] set)
    {
        for (int w = 0; w < set.Length; w++)
        {
            for (ulong rest = set[w]; rest != 0; rest &= rest - 1)
            {
                yield return (64 * w) + BitOperations.TrailingZeroCount(rest);
            }
        }
    }
}

/// <summary>What an instruction reads, writes and leads to.</summary>
internal sealed record DecodedInstruction(Operation Operation, List<string> Reads, List<string> Writes, bool IsGuarded, bool IsMove,
    int Target, bool Ends);
