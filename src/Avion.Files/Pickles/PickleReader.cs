namespace Avion.Files;

/// <summary>Reads Python pickles of protocols 0 to 5 into plain values; never runs code.</summary>
/// <remarks>
/// A pickle is a program for a small stack machine. This machine makes containers, numbers, texts and bytes; a name of a class or function
/// is only a <see cref="PickleGlobal"/>, and what a call of it stands for is decided by a <see cref="PickleWorld"/>. Memory stays
/// bounded: items of a top-level list are handed over one by one and forgotten, large bytes stay in the file, a first pass over the
/// opcodes finds which values are referred to again, so that only those are remembered, and what is held is charged to a
/// <see cref="ReadingBudget"/>. Text that is not UTF-8 becomes <see cref="PickleBytes"/>. Source: pickletools, the opcodes' documentation.
/// </remarks>
public sealed partial class PickleReader : IDisposable
{
    private const int HighestProtocol = 5;

    // References to earlier values that one pickle may have: what remembering them costs while the pickle is read.
    private const int MaximumReferences = 16_000_000;

    private static readonly object s_root = new();

    private readonly PickleWorld _world;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private readonly HashSet<long> _wanted = [];
    private long _memoCount;
    private Action<object?>? _item;

    /// <summary>Reads a file of its own; the reader closes it.</summary>
    public PickleReader(string path, PickleWorld world, ReadingBudget? budget = null)
        : this(new PickleStream(path), world, budget)
    {
    }

    /// <summary>Reads from a stream, which the reader closes.</summary>
    public PickleReader(PickleStream file, PickleWorld world, ReadingBudget? budget = null) =>
        (File, _world, Budget) = (file, world, budget ?? new ReadingBudget());

    /// <summary>The stream, in which large bytes stay.</summary>
    public PickleStream File { get; }

    /// <summary>What the values may cost.</summary>
    public ReadingBudget Budget { get; }

    /// <summary>Reads the value that begins where the stream stands, and leaves the stream behind it.</summary>
    /// <exception cref="FileFaultException">There is no pickle, or it holds something that is refused.</exception>
    public object? Read()
    {
        _item = null;
        return Run();
    }

    /// <summary>Hands over the items of the list that the pickle is, one by one.</summary>
    /// <exception cref="FileFaultException">It is no pickle of a list, or holds something that is refused.</exception>
    public void ReadList(Action<object?> item)
    {
        _item = item;
        if (!ReferenceEquals(Run(), s_root))
        {
            throw File.Error("it holds no list");
        }
    }

    /// <inheritdoc />
    public void Dispose() => File.Dispose();

    private object? Run()
    {
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        _wanted.Clear();
        _memoCount = 0;
        try
        {
            long start = File.Position;
            FindReferences();
            File.Position = start;
            for (PickleOpcode opcode; (opcode = (PickleOpcode)File.ReadByte()) != PickleOpcode.Stop;)
            {
                // Every second opcode is one of the memo.
                if (opcode is PickleOpcode.Memoize or PickleOpcode.BinPut or PickleOpcode.LongBinPut or PickleOpcode.Put)
                {
                    Remember(MemoIndex(opcode));
                }
                else if (!StepValue(opcode) && !StepContainer(opcode) && !StepName(opcode))
                {
                    StepMachine(opcode);
                }
            }

            return _stack.Count == 1 && _marks.Count == 0 ? _stack[0] : throw new FileFaultException("it ends with an unfinished value");
        }
        catch (FileFaultException error) when (error.Path is null)
        {
            throw File.Error(error.Fault, error);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw File.Error($"a value cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Walks over all opcodes without making values and collects which memo entries are fetched again.</summary>
    /// <remarks>Python memoizes nearly every value it writes, and fetches few: remembering all of a corpus would hold it in
    /// memory.</remarks>
    private void FindReferences()
    {
        for (PickleOpcode opcode; (opcode = (PickleOpcode)File.ReadByte()) != PickleOpcode.Stop;)
        {
            if (opcode is PickleOpcode.Get or PickleOpcode.BinGet or PickleOpcode.LongBinGet)
            {
                if (_wanted.Add(MemoIndex(opcode)) && _wanted.Count > MaximumReferences)
                {
                    throw new FileFaultException($"it refers to more than {MaximumReferences:N0} earlier values");
                }

                continue;
            }

            PickleArgument argument = PickleArgument.Of(opcode)
                ?? throw new FileFaultException($"the byte 0x{(byte)opcode:X2} is no opcode of a pickle that stands alone");
            if (argument != default)
            {
                File.Skip(argument.LengthBytes > 0 ? File.ReadLength(argument.LengthBytes) : argument.Bytes);
                for (int line = 0; line < argument.Lines; line++)
                {
                    File.SkipLine();
                }
            }
        }
    }

    /// <summary>Opcodes of the stack and the memo.</summary>
    private void StepMachine(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                int protocol = File.ReadByte();
                if (protocol > HighestProtocol)
                {
                    throw new FileFaultException($"it is of protocol {protocol}, expected at most {HighestProtocol}");
                }

                break;
            case PickleOpcode.Frame:
                File.Skip(8);
                break;
            case PickleOpcode.Mark:
                Budget.TakeItems();
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.Pop when _marks.TryPeek(out int mark) && mark == _stack.Count:
            case PickleOpcode.PopMark:
                TakeToMark();
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.Dup:
                Push(Top());
                break;
            default:
                long index = MemoIndex(opcode);
                Push(_memo.TryGetValue(index, out object? known)
                    ? known
                    : throw new FileFaultException($"it refers to value {index}, which it has not defined"));
                break;
        }
    }

    /// <summary>Opcodes around classes and functions, all of which pass through the world.</summary>
    private bool StepName(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Global:
                Push(_world.Name(File.ReadLine().TrimEnd('\r'), File.ReadLine().TrimEnd('\r')));
                return true;
            case PickleOpcode.StackGlobal:
                object?[] names = Take(2);
                Push(_world.Name(As<string>(names[0], "a module's name"), As<string>(names[1], "a name")));
                return true;
            case PickleOpcode.Reduce or PickleOpcode.NewObj:
                object?[] call = Take(2);
                Call(call[0], call[1]);
                return true;
            case PickleOpcode.NewObjEx:
                // Named arguments are as little looked at as those of the constructor.
                object?[] full = Take(3);
                Call(full[0], full[1]);
                return true;
            case PickleOpcode.Inst:
                PickleGlobal type = _world.Name(File.ReadLine().TrimEnd('\r'), File.ReadLine().TrimEnd('\r'));
                Call(type, TakeToMark());
                return true;
            case PickleOpcode.Obj:
                object?[] parts = TakeToMark();
                Call(parts.Length > 0 ? parts[0] : null, parts.Length > 0 ? parts[1..] : null);
                return true;
            case PickleOpcode.Build:
                object? state = Pop();
                _world.SetState(Top(), state, this);
                return true;
            case PickleOpcode.BinPersId:
                Push(_world.Resolve(Pop()));
                return true;
            case PickleOpcode.PersId:
                Push(_world.Resolve(File.ReadLine()));
                return true;
            default:
                return false;
        }
    }

    private void Call(object? callee, object? arguments) =>
        Push(_world.Call(As<PickleGlobal>(callee, "a class or function"), As<object?[]>(arguments, "arguments"), this));

    private long MemoIndex(PickleOpcode opcode) => opcode switch
    {
        PickleOpcode.Memoize => _memoCount++,
        PickleOpcode.Put or PickleOpcode.Get => long.Parse(File.ReadLine(), CultureInfo.InvariantCulture),
        PickleOpcode.BinPut or PickleOpcode.BinGet => File.ReadByte(),
        _ => (long)File.ReadUnsigned(4),
    };

    private void Remember(long index)
    {
        if (_wanted.Contains(index))
        {
            _memo[index] = Top();
        }
    }

    private void Push(object? value)
    {
        Budget.TakeItems();
        _stack.Add(value);
    }

    private object? Top() => _stack.Count > Bottom ? _stack[^1] : throw new FileFaultException("it uses a value that is not there");

    // Values below the innermost mark are out of reach until the mark is taken.
    private int Bottom => _marks.TryPeek(out int mark) ? mark : 0;

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] Take(int count) => _stack.Count - count >= Bottom
        ? Cut(_stack.Count - count)
        : throw new FileFaultException("it uses a value that is not there");

    private object?[] TakeToMark() => _marks.TryPop(out int mark) ? Cut(mark) : throw new FileFaultException("it lacks a mark");

    private object?[] Cut(int first)
    {
        if (first == _stack.Count)
        {
            return [];
        }

        object?[] values = new object?[_stack.Count - first];
        _stack.CopyTo(first, values, 0, values.Length);
        _stack.RemoveRange(first, values.Length);
        return values;
    }

    private static T As<T>(object? value, string expected) where T : class =>
        value as T ?? throw new FileFaultException($"it has {value?.GetType().Name ?? "nothing"} in the place of {expected}");
}
