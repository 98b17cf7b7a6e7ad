using System.Numerics;

namespace Avion.Models;

/// <summary>Reads a pickle, protocols 0 to 5, into plain values; never runs code.</summary>
/// <remarks>
/// A pickle is a program for a stack machine. This machine knows how to build containers, numbers and texts; a name of a class or
/// function is only a <see cref="PickleGlobal"/>, and what a call of it stands for is decided by an <see cref="IPickleWorld"/> with
/// a closed list. Work and memory are bounded by the length of the input. Source: pickletools, the documentation of the opcodes.
/// </remarks>
internal ref struct PickleReader
{
    /// <summary>Longest decimal number that is parsed: parsing takes the square of the digits.</summary>
    private const int MaximumDigits = 1000;

    /// <summary>Most values that are pushed; real checkpoints push some hundred thousand, hostile ones one a byte.</summary>
    private const int MaximumValues = 10_000_000;

    private readonly IPickleWorld _world;
    private readonly Dictionary<long, object?> _memo;
    private readonly List<object?> _stack;
    private readonly Stack<int> _marks;
    private PickleBytes _input;
    private int _valueCount;

    private PickleReader(ReadOnlySpan<byte> bytes, IPickleWorld world)
    {
        _input = new PickleBytes(bytes);
        _world = world;
        _memo = [];
        _stack = [];
        _marks = new Stack<int>();
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">The pickle, and what follows it.</param>
    /// <param name="world">What names stand for.</param>
    /// <param name="length">How many bytes the pickle takes.</param>
    /// <exception cref="PickleException">The pickle is damaged, or holds something that is refused.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, IPickleWorld world, out int length)
    {
        PickleReader reader = new(bytes, world);
        while (true)
        {
            byte opcode = reader._input.Byte();
            if (opcode == (byte)'.')
            {
                length = reader._input.Position;
                return reader.Pop();
            }

            if (!reader.TryPushValue(opcode) && !reader.TryBuildContainer(opcode) && !reader.TryUseName(opcode))
            {
                throw new PickleException($"byte 0x{opcode:X2} at {reader._input.Position - 1} is no opcode that is supported");
            }
        }
    }

    /// <summary>Opcodes that push a value, and those of the memo and the stack itself.</summary>
    private bool TryPushValue(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: _input.Skip(1); return true;
            case 0x95: _input.Skip(8); return true;
            case (byte)'(': Mark(); return true;
            case (byte)'0': Pop(); return true;
            case (byte)'1': PopToMark(); return true;
            case (byte)'2': Push(Peek()); return true;
            case (byte)'N': Push(null); return true;
            case 0x88: Push(true); return true;
            case 0x89: Push(false); return true;
            case (byte)'J': Push((long)_input.Int32()); return true;
            case (byte)'K': Push((long)_input.Byte()); return true;
            case (byte)'M': Push((long)_input.UInt16()); return true;
            case (byte)'I': Push(ParseInt(_input.Line())); return true;
            case (byte)'L': Push(ParseLong(_input.Line().TrimEnd('L'))); return true;
            case 0x8A: Push(LongFrom(_input.Take(_input.Byte()))); return true;
            case 0x8B: Push(LongFrom(_input.Take(_input.Int32()))); return true;
            case (byte)'F': Push(PickleBytes.ParseDouble(_input.Line())); return true;
            case (byte)'G': Push(_input.DoubleBigEndian()); return true;
            case (byte)'S': Push(PickleBytes.Unquote(_input.Line())); return true;
            case (byte)'V': Push(PickleBytes.Unescape(_input.Line())); return true;
            case (byte)'T': Push(PickleBytes.Latin1(_input.Take(_input.Int32()))); return true;
            case (byte)'U': Push(PickleBytes.Latin1(_input.Take(_input.Byte()))); return true;
            case (byte)'X': Push(PickleBytes.Utf8(_input.Take(_input.UInt32()))); return true;
            case 0x8C: Push(PickleBytes.Utf8(_input.Take(_input.Byte()))); return true;
            case 0x8D: Push(PickleBytes.Utf8(_input.Take(_input.UInt64()))); return true;
            case (byte)'B': Push(_input.Take(_input.UInt32()).ToArray()); return true;
            case (byte)'C': Push(_input.Take(_input.Byte()).ToArray()); return true;
            case 0x8E or 0x96: Push(_input.Take(_input.UInt64()).ToArray()); return true;
            case (byte)'p': _memo[ParseIndex(_input.Line())] = Peek(); return true;
            case (byte)'q': _memo[_input.Byte()] = Peek(); return true;
            case (byte)'r': _memo[_input.UInt32()] = Peek(); return true;
            case 0x94: _memo[_memo.Count] = Peek(); return true;
            case (byte)'g': Push(Remembered(ParseIndex(_input.Line()))); return true;
            case (byte)'h': Push(Remembered(_input.Byte())); return true;
            case (byte)'j': Push(Remembered(_input.UInt32())); return true;
            default: return false;
        }
    }

    private bool TryBuildContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')': Push(new PickleTuple([])); return true;
            case (byte)'t': Push(new PickleTuple(PopToMark())); return true;
            case 0x85: Push(new PickleTuple(PopMany(1))); return true;
            case 0x86: Push(new PickleTuple(PopMany(2))); return true;
            case 0x87: Push(new PickleTuple(PopMany(3))); return true;
            case (byte)']': Push(new PickleList()); return true;
            case (byte)'l': Push(Fill(new PickleList(), PopToMark())); return true;
            case (byte)'a': AppendTo(PopMany(1)); return true;
            case (byte)'e': AppendTo(PopToMark()); return true;
            case (byte)'}': Push(new PickleDictionary()); return true;
            case (byte)'d': Push(SetItems(new PickleDictionary(), PopToMark())); return true;
            case (byte)'s': SetItemsOfTop(PopMany(2)); return true;
            case (byte)'u': SetItemsOfTop(PopToMark()); return true;
            case 0x8F: Push(new PickleSet()); return true;
            case 0x90: AddToSet(PopToMark()); return true;
            case 0x91: Push(FillSet(new PickleSet(), PopToMark())); return true;
            default: return false;
        }
    }

    /// <summary>Opcodes around classes and functions, all of which pass through the closed list of the world.</summary>
    private bool TryUseName(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c': Push(Global(_input.Line(), _input.Line())); return true;
            case 0x93:
                object?[] names = PopMany(2);
                Push(Global(As<string>(names[0], "a module's name"), As<string>(names[1], "a name")));
                return true;
            case (byte)'R' or 0x81:
                object?[] call = PopMany(2);
                Push(Call(call[0], As<PickleTuple>(call[1], "arguments").Items));
                return true;
            case 0x92:
                object?[] full = PopMany(3);
                if (As<PickleDictionary>(full[2], "named arguments").Pairs.Count > 0)
                {
                    throw new PickleException($"'{full[0]}' is constructed with named arguments, which is not supported");
                }

                Push(Call(full[0], As<PickleTuple>(full[1], "arguments").Items));
                return true;
            case (byte)'i':
                PickleGlobal type = Global(_input.Line(), _input.Line());
                Push(Call(type, PopToMark()));
                return true;
            case (byte)'o':
                object?[] parts = PopToMark();
                Push(Call(parts.Length > 0 ? parts[0] : null, parts.Length > 0 ? parts[1..] : []));
                return true;
            case (byte)'b':
                object? state = Pop();
                if (Peek() is PickleObject instance)
                {
                    instance.State = state;
                }
                else if (Peek() is not PickleDictionary)
                {
                    throw new PickleException("a state is given to something that has none");
                }

                return true;
            case (byte)'Q': Push(_world.Resolve(Pop())); return true;
            case (byte)'P': Push(_world.Resolve(_input.Line())); return true;
            default: return false;
        }
    }

    private PickleGlobal Global(string module, string name)
    {
        PickleGlobal global = new(module, name);
        return _world.Allows(global) ? global : throw new PickleException(
            $"it asks for '{global}', which is not on the list of harmless names; nothing was run");
    }

    private object? Call(object? callee, object?[] arguments) => _world.Call(As<PickleGlobal>(callee, "a class or function"), arguments);

    private void Push(object? value)
    {
        if (++_valueCount > MaximumValues)
        {
            throw new PickleException($"it has more than {MaximumValues} values");
        }

        _stack.Add(value);
    }

    private void Mark()
    {
        // Marks cost memory like values do.
        if (++_valueCount > MaximumValues)
        {
            throw new PickleException($"it has more than {MaximumValues} values");
        }

        _marks.Push(_stack.Count);
    }

    private object? Peek() => _stack.Count > Bottom ? _stack[^1] : throw new PickleException("its stack is empty too early");

    private object? Pop()
    {
        object? top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    // Values below the innermost mark are out of reach until the mark is taken.
    private int Bottom => _marks.Count > 0 ? _marks.Peek() : 0;

    private object?[] PopMany(int count)
    {
        if (_stack.Count - count < Bottom)
        {
            throw new PickleException("its stack is empty too early");
        }

        return Cut(_stack.Count - count);
    }

    private object?[] PopToMark() => _marks.TryPop(out int mark) ? Cut(mark) : throw new PickleException("a mark is missing");

    private object?[] Cut(int first)
    {
        object?[] items = new object?[_stack.Count - first];
        _stack.CopyTo(first, items, 0, items.Length);
        _stack.RemoveRange(first, items.Length);
        return items;
    }

    private object? Remembered(long index) => _memo.TryGetValue(index, out object? value)
        ? value
        : throw new PickleException($"it remembers nothing under {index}");

    private void AppendTo(object?[] items) => Fill(As<PickleList>(Peek(), "a list"), items);

    private void AddToSet(object?[] items) => FillSet(As<PickleSet>(Peek(), "a set"), items);

    private void SetItemsOfTop(object?[] items) => SetItems(As<PickleDictionary>(Peek(), "a dictionary"), items);

    private static PickleList Fill(PickleList list, object?[] items)
    {
        list.Items.AddRange(items);
        return list;
    }

    private static PickleSet FillSet(PickleSet set, object?[] items)
    {
        set.Items.AddRange(items);
        return set;
    }

    private static PickleDictionary SetItems(PickleDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw new PickleException("a dictionary has a key without a value");
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary.Add(items[i], items[i + 1]);
        }

        return dictionary;
    }

    private static T As<T>(object? value, string what) where T : class =>
        value as T ?? throw new PickleException($"expected {what}, found {value?.GetType().Name ?? "nothing"}");

    // Protocol 0 writes True and False as the numbers 01 and 00.
    private static object ParseInt(string text) => text switch { "01" => true, "00" => false, _ => ParseLong(text) };

    private static long ParseIndex(string text) =>
        ParseLong(text) is long index ? index : throw new PickleException($"'{text}' is no index");

    private static object ParseLong(string text)
    {
        if (text.Length > MaximumDigits || !BigInteger.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign,
            System.Globalization.CultureInfo.InvariantCulture, out BigInteger number))
        {
            throw new PickleException("a number is damaged or too long");
        }

        return Narrow(number);
    }

    private static object LongFrom(ReadOnlySpan<byte> littleEndian) => Narrow(new BigInteger(littleEndian));

    private static object Narrow(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
}
