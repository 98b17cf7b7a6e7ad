using System.Buffers.Binary;

namespace Avion.Data;

/// <summary>Reads data, and only data, from Python pickles of protocols 0 to 5.</summary>
/// <remarks>
/// Understands None, booleans, numbers, strings, bytes, tuples, lists, dictionaries and NumPy arrays and scalars of numbers. A pickle is
/// a program for a small machine; this one has no way to call anything: the few names that NumPy needs are recognized, every other is
/// refused by name. Memory stays bounded: items of a top-level list are handed over one by one and forgotten, large bytes stay in the
/// file, and a first pass over the opcodes finds which values are referred to again, so that only those are remembered.
/// Values: long, double, bool, string, object?[] (tuple), List&lt;object?&gt;, Dictionary&lt;object, object?&gt;, null, PickleBytes,
/// NumpyArray.
/// </remarks>
internal sealed partial class PickleReader : IDisposable
{
    private static readonly object s_root = new();

    private readonly PickleStream _file;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private HashSet<long> _wanted = [];
    private long _memoCount;
    private Action<object?>? _item;

    public PickleReader(string path) => _file = new PickleStream(path);

    public PickleStream File => _file;

    /// <summary>Reads the one value of the file.</summary>
    /// <exception cref="DataException">The file is no pickle of data.</exception>
    public object? Read()
    {
        _item = null;
        return Run();
    }

    /// <summary>Hands over the items of the list that the file is, one by one.</summary>
    /// <exception cref="DataException">The file is no pickle of a list of data.</exception>
    public void ReadList(Action<object?> item)
    {
        _item = item;
        if (!ReferenceEquals(Run(), s_root))
        {
            throw _file.Error("it holds no list.");
        }
    }

    public void Dispose() => _file.Dispose();

    private object? Run()
    {
        _file.Position = 0;
        _wanted = FindReferences();
        _file.Position = 0;
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        _memoCount = 0;
        for (byte opcode; (opcode = _file.ReadByte()) != PickleOpcode.Stop;)
        {
            try
            {
                Step(opcode);
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
            {
                throw _file.Error($"a value cannot be read: {error.Message}");
            }
        }

        return _stack.Count == 1 && _marks.Count == 0 ? _stack[0] : throw _file.Error("it ends with an unfinished value.");
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                int protocol = _file.ReadByte();
                if (protocol > PickleOpcode.HighestProtocol)
                {
                    throw _file.Error($"it is of protocol {protocol}, expected at most {PickleOpcode.HighestProtocol}.");
                }

                break;
            case PickleOpcode.Frame:
                _file.Skip(8);
                break;
            case PickleOpcode.Mark:
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                Take();
                break;
            case PickleOpcode.Dup:
                Push(Top());
                break;
            case PickleOpcode.Put or PickleOpcode.BinPut or PickleOpcode.LongBinPut or PickleOpcode.Memoize:
                Remember(MemoIndex(opcode));
                break;
            case PickleOpcode.Get or PickleOpcode.BinGet or PickleOpcode.LongBinGet:
                long index = MemoIndex(opcode);
                Push(_memo.TryGetValue(index, out object? known) ? known : throw _file.Error($"it refers to value {index}, which it "
                    + "has not defined."));
                break;
            case PickleOpcode.Global:
                Push(Allowed(_file.ReadLine(), _file.ReadLine()));
                break;
            case PickleOpcode.StackGlobal:
                object? name = Pop(), module = Pop();
                Push(Allowed(module as string ?? "?", name as string ?? "?"));
                break;
            case PickleOpcode.Reduce:
                object? arguments = Pop();
                Push(Construct(Pop() as PickleGlobal, arguments as object?[]));
                break;
            case PickleOpcode.Build:
                object? state = Pop();
                SetState(Top(), state as object?[]);
                break;
            default:
                if (!StepScalar(opcode) && !StepContainer(opcode))
                {
                    throw _file.Error($"it has the opcode {PickleOpcode.NameOf(opcode)}, expected plain data. Objects of Python "
                        + "classes are not read.");
                }

                break;
        }
    }

    private bool StepScalar(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.None:
                Push(null);
                return true;
            case PickleOpcode.NewTrue or PickleOpcode.NewFalse:
                Push(opcode == PickleOpcode.NewTrue);
                return true;
            case PickleOpcode.BinInt:
                Push((long)(int)_file.ReadUnsigned(4));
                return true;
            case PickleOpcode.BinInt1 or PickleOpcode.BinInt2:
                Push((long)_file.ReadUnsigned(opcode == PickleOpcode.BinInt1 ? 1 : 2));
                return true;
            case PickleOpcode.Long1 or PickleOpcode.Long4:
                Push(ReadLong(_file.ReadLength(opcode == PickleOpcode.Long1 ? 1 : 4)));
                return true;
            case PickleOpcode.Int or PickleOpcode.Long:
                string digits = _file.ReadLine().TrimEnd('L');
                bool isBoolean = opcode == PickleOpcode.Int && digits is "00" or "01";
                Push(isBoolean ? digits == "01" : long.Parse(digits, CultureInfo.InvariantCulture));
                return true;
            case PickleOpcode.Float:
                Push(double.Parse(_file.ReadLine(), CultureInfo.InvariantCulture));
                return true;
            case PickleOpcode.BinFloat:
                Push(BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(_file.ReadUnsigned(8))));
                return true;
            case PickleOpcode.String:
                Push(PickleText.Unquote(_file.ReadLine()) ?? throw _file.Error("a string lacks its quotes."));
                return true;
            case PickleOpcode.Unicode:
                Push(PickleText.UnescapeUnicode(_file.ReadLine()));
                return true;
            case PickleOpcode.BinString or PickleOpcode.ShortBinString:
                Push(Text(_file.ReadLength(opcode == PickleOpcode.BinString ? 4 : 1)));
                return true;
            case PickleOpcode.BinUnicode or PickleOpcode.ShortBinUnicode or PickleOpcode.BinUnicode8:
                Push(Text(_file.ReadLength(opcode switch { PickleOpcode.BinUnicode => 4, PickleOpcode.ShortBinUnicode => 1, _ => 8 })));
                return true;
            case PickleOpcode.BinBytes or PickleOpcode.ShortBinBytes or PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                long length = _file.ReadLength(opcode switch { PickleOpcode.BinBytes => 4, PickleOpcode.ShortBinBytes => 1, _ => 8 });
                Push(new PickleBytes(_file.Position, length));
                _file.Skip(length);
                return true;
            default:
                return false;
        }
    }

    private bool StepContainer(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyTuple:
                Push(Array.Empty<object?>());
                return true;
            case PickleOpcode.Tuple:
                Push(Take());
                return true;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                object?[] tuple = new object?[opcode - PickleOpcode.Tuple1 + 1];
                for (int i = tuple.Length - 1; i >= 0; i--)
                {
                    tuple[i] = Pop();
                }

                Push(tuple);
                return true;
            case PickleOpcode.EmptyList:
                Push(NewList());
                return true;
            case PickleOpcode.List:
                object?[] items = Take();
                Push(NewList());
                Extend(Top(), items);
                return true;
            case PickleOpcode.Append:
                object? item = Pop();
                Extend(Top(), [item]);
                return true;
            case PickleOpcode.Appends:
                object?[] more = Take();
                Extend(Top(), more);
                return true;
            case PickleOpcode.EmptyDict:
                Push(new Dictionary<object, object?>());
                return true;
            case PickleOpcode.Dict:
                object?[] pairs = Take();
                Push(new Dictionary<object, object?>());
                SetItems(pairs);
                return true;
            case PickleOpcode.SetItem:
                object? value = Pop(), key = Pop();
                SetItems([key, value]);
                return true;
            case PickleOpcode.SetItems:
                SetItems(Take());
                return true;
            default:
                return false;
        }
    }

    /// <summary>The first list of a file whose items are wanted one by one is a marker that keeps nothing.</summary>
    private object NewList() => _item is not null && _stack.Count == 0 && _marks.Count == 0 ? s_root : new List<object?>();

    private void Extend(object? target, object?[] items)
    {
        if (ReferenceEquals(target, s_root))
        {
            foreach (object? item in items)
            {
                _item!(item);
            }
        }
        else if (target is List<object?> list)
        {
            list.AddRange(items);
        }
        else
        {
            throw _file.Error("it appends to something that is no list.");
        }
    }

    private void SetItems(object?[] pairs)
    {
        if (Top() is not Dictionary<object, object?> dictionary || pairs.Length % 2 != 0)
        {
            throw _file.Error("it sets items of something that is no dictionary.");
        }

        for (int i = 0; i < pairs.Length; i += 2)
        {
            dictionary[pairs[i] ?? throw _file.Error("a dictionary has None as a key.")] = pairs[i + 1];
        }
    }

    private object Text(long bytes)
    {
        if (bytes > PickleStream.LongestText)
        {
            PickleBytes large = new(_file.Position, bytes, IsLatin1InUtf8: true);
            _file.Skip(bytes);
            return large;
        }

        return Encoding.UTF8.GetString(_file.ReadBytes(bytes));
    }

    private long ReadLong(long bytes)
    {
        if (bytes > 8)
        {
            throw _file.Error($"a number has {bytes} bytes, expected at most 8.");
        }

        // Little-endian two's complement of any length.
        Span<byte> value = stackalloc byte[8];
        _file.Read(value[..(int)bytes]);
        value[(int)bytes..].Fill(bytes > 0 && value[(int)bytes - 1] >= 0x80 ? (byte)0xFF : (byte)0);
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }

    private long MemoIndex(byte opcode) => opcode switch
    {
        PickleOpcode.Memoize => _memoCount++,
        PickleOpcode.Put or PickleOpcode.Get => long.Parse(_file.ReadLine(), CultureInfo.InvariantCulture),
        PickleOpcode.BinPut or PickleOpcode.BinGet => (long)_file.ReadUnsigned(1),
        _ => (long)_file.ReadUnsigned(4),
    };

    private void Remember(long index)
    {
        if (_wanted.Contains(index))
        {
            _memo[index] = Top();
        }
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > 0 ? _stack[^1] : throw _file.Error("it uses a value that is not there.");

    private object? Pop()
    {
        object? value = Top();
        if (_marks.TryPeek(out int mark) && mark == _stack.Count)
        {
            throw _file.Error("it uses a value that is not there.");
        }

        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    /// <summary>Takes the values since the last mark.</summary>
    private object?[] Take()
    {
        if (!_marks.TryPop(out int mark) || mark > _stack.Count)
        {
            throw _file.Error("it lacks a mark.");
        }

        object?[] values = [.. _stack[mark..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }
}
