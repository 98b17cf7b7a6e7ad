using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Avion.Files;

/// <summary>Takes a row, which is valid during the call; false ends the reading.</summary>
public delegate bool PickleRowHandler(PickleRow row);

/// <summary>Reads a pickled list of tuples of numbers, texts and lists of them, millions a second.</summary>
/// <remarks>
/// The same stack machine as <see cref="PickleReader"/>, for the few opcodes that Python's protocols 2 to 5 write for such lists, and
/// without objects. It says false at whatever it does not know, however late; <see cref="PickleReader"/> then reads the file or says what
/// is wrong with it. A first walk over the opcodes finds which values are referred to again, so that only those are remembered. Memory is
/// bounded: the window of the file, one row, and the texts that are referred to.
/// </remarks>
public sealed class PickleRowReader : IDisposable
{
    private const int HighestProtocol = 5, MostMarks = 64, MostRemembered = 16_000_000, MostRememberedBytes = 1 << 28;
    private const int MostCells = 1 << 20;

    private readonly PickleWindow _window;
    private readonly List<PickleCell> _stack = [], _items = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, PickleCell> _memo = [];
    private PickleReferences? _references;
    private byte[] _texts = [];
    private int _textBytes, _at, _keep, _pendingRows;
    private uint _memoCount;
    private bool _isTopRow, _isRootMade;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public PickleRowReader(string path)
    {
        FileStream file = RegularFile.OpenStream(path, bufferBytes: 0);
        FileBytes = file.Length;
        _window = new PickleWindow(file);
    }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes { get; }

    private enum Step
    {
        GoOn, End, Unknown,
    }

    /// <summary>Hands over the rows in order; false where the file is not of this form, or a row was not taken, maybe after some
    /// rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(PickleRowHandler row)
    {
        PickleReferences references = new(_window, FileBytes);
        if (!references.TryFind())
        {
            return false;
        }

        _references = references;

        _window.Rewind();
        (_at, _keep) = (0, 0);
        while (true)
        {
            if (_window.Count - _at < PickleWindow.Slack)
            {
                _window.Ensure(PickleWindow.Slack, ref _at, ref _keep);
            }

            Step step = Take(row);
            if (step == Step.GoOn && _at <= _window.Count && _stack.Count <= MostCells && _items.Count <= MostCells)
            {
                continue;
            }

            return step == Step.End && _at <= _window.Count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();

    internal ReadOnlySpan<byte> TextOf(in PickleCell cell) => cell.IsRemembered
        ? _texts.AsSpan((int)cell.Data, cell.Count)
        : _window.Bytes.AsSpan(_window.IndexOf(cell.Data), cell.Count);

    internal ReadOnlySpan<PickleCell> ItemsOf(in PickleCell cell) => CollectionsMarshal.AsSpan(_items).Slice((int)cell.Data, cell.Count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Step Take(PickleRowHandler row)
    {
        byte[] bytes = _window.Bytes;
        PickleOpcode opcode = (PickleOpcode)bytes[_at++];
        ReadOnlySpan<byte> argument = bytes.AsSpan(_at);
        switch (opcode)
        {
            case PickleOpcode.ShortBinUnicode:
                return TakeText(argument[0], 1);
            case PickleOpcode.BinUnicode:
                return TakeText(BinaryPrimitives.ReadUInt32LittleEndian(argument), 4);
            case PickleOpcode.Memoize:
                return Remember(_memoCount++);
            case PickleOpcode.BinFloat:
                _at += 8;
                return Push(PickleCell.Of(BinaryPrimitives.ReadDoubleBigEndian(argument)));
            case PickleOpcode.Mark:
                _marks.Add(_stack.Count);
                return _marks.Count <= MostMarks ? Step.GoOn : Step.Unknown;
            case PickleOpcode.Tuple:
                return TakeMark(out int mark) ? Sequence(mark, row) : Step.Unknown;
            case PickleOpcode.BinPut:
                _at++;
                return Remember(argument[0]);
            case PickleOpcode.LongBinPut:
                _at += 4;
                return Remember(BinaryPrimitives.ReadUInt32LittleEndian(argument));
            case PickleOpcode.BinGet:
                _at++;
                return Recall(argument[0]);
            case PickleOpcode.LongBinGet:
                _at += 4;
                return Recall(BinaryPrimitives.ReadUInt32LittleEndian(argument));
            case PickleOpcode.EmptyList:
                return PushList();
            case PickleOpcode.Appends:
                return TakeMark(out int first) ? Extend(first) : Step.Unknown;
            case PickleOpcode.Append:
                return Append();
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                int start = _stack.Count - (opcode - PickleOpcode.Tuple1 + 1);
                return start >= Bottom ? Sequence(start, row) : Step.Unknown;
            default:
                return TakeRare(opcode, argument);
        }
    }

    private Step TakeRare(PickleOpcode opcode, ReadOnlySpan<byte> argument)
    {
        switch (opcode)
        {
            case PickleOpcode.BinInt:
                _at += 4;
                return Push(PickleCell.Of(BinaryPrimitives.ReadInt32LittleEndian(argument)));
            case PickleOpcode.BinInt1:
                _at++;
                return Push(PickleCell.Of(argument[0]));
            case PickleOpcode.BinInt2:
                _at += 2;
                return Push(PickleCell.Of(BinaryPrimitives.ReadUInt16LittleEndian(argument)));
            case PickleOpcode.None or PickleOpcode.NewTrue or PickleOpcode.NewFalse:
                return Push(default);
            case PickleOpcode.Protocol:
                _at++;
                return argument[0] <= HighestProtocol ? Step.GoOn : Step.Unknown;
            case PickleOpcode.Frame:
                _at += 8;
                return Step.GoOn;
            case PickleOpcode.Stop:
                return _isRootMade && _stack.Count == 0 && _marks.Count == 0 && _pendingRows == 0 ? Step.End : Step.Unknown;
            default:
                return Step.Unknown;
        }
    }

    // The list itself does not lie on the stack: what would be its first value below is the bottom.
    private int Bottom => _marks.Count > 0 ? _marks[^1] : 0;

    private bool TakeMark(out int mark)
    {
        if (_marks.Count == 0)
        {
            mark = 0;
            return false;
        }

        mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return true;
    }

    private Step Push(PickleCell cell)
    {
        _stack.Add(cell);
        _isTopRow = false;
        return _isRootMade ? Step.GoOn : Step.Unknown;
    }

    private Step PushList()
    {
        if (_isRootMade)
        {
            return Push(new PickleCell(PickleFieldKind.Sequence, false, 0, _items.Count));
        }

        // The list that the pickle is; nothing may refer to it again.
        (_isRootMade, _isTopRow) = (true, true);
        return Step.GoOn;
    }

    private Step TakeText(uint length, int lengthBytes)
    {
        if (length >= PickleReferences.LongestText)
        {
            return Step.Unknown;
        }

        _at += lengthBytes;
        if (_window.Count - _at < length && !_window.Ensure((int)length, ref _at, ref _keep))
        {
            return Step.Unknown;
        }

        PickleCell cell = new(PickleFieldKind.Text, false, (int)length, _window.PlaceOf(_at));
        _at += (int)length;
        return Push(cell);
    }

    /// <summary>Makes a tuple of the values from <paramref name="first"/> on: a row where it lies right in the list.</summary>
    private Step Sequence(int first, PickleRowHandler row)
    {
        if (first == 0 && _marks.Count <= 1 && (_marks.Count == 0 || _marks[0] == 0))
        {
            if (_marks.Count == 0 && _pendingRows > 0)
            {
                return Step.Unknown;
            }

            if (!row(new PickleRow(this, CollectionsMarshal.AsSpan(_stack))))
            {
                return Step.Unknown;
            }

            _stack.Clear();
            _items.Clear();
            _keep = _at;
            _pendingRows++;
            _isTopRow = true;
            return Step.GoOn;
        }

        PickleCell cell = new(PickleFieldKind.Sequence, false, _stack.Count - first, _items.Count);
        _items.AddRange(CollectionsMarshal.AsSpan(_stack)[first..]);
        _stack.RemoveRange(first, _stack.Count - first);
        return Push(cell);
    }

    /// <summary>Adds the values from <paramref name="first"/> on to the list below them.</summary>
    private Step Extend(int first)
    {
        if (first == 0)
        {
            // To the list that the pickle is: rows, and nothing else.
            bool areRows = _stack.Count == 0 && _marks.Count == 0;
            (_pendingRows, _isTopRow) = (0, true);
            return areRows ? Step.GoOn : Step.Unknown;
        }

        // Items lie in one piece, so a list that other values came after cannot grow.
        if (first - 1 < Bottom || _stack[first - 1] is not { Kind: PickleFieldKind.Sequence } list
            || list.Data + list.Count != _items.Count)
        {
            return Step.Unknown;
        }

        _items.AddRange(CollectionsMarshal.AsSpan(_stack)[first..]);
        _stack[first - 1] = list with { Count = list.Count + _stack.Count - first };
        _stack.RemoveRange(first, _stack.Count - first);
        _isTopRow = false;
        return Step.GoOn;
    }

    private Step Append()
    {
        if (_stack.Count == 0)
        {
            bool isRow = _pendingRows == 1 && _marks.Count == 0;
            _pendingRows = 0;
            return isRow ? Step.GoOn : Step.Unknown;
        }

        return _stack.Count - 1 >= Bottom ? Extend(_stack.Count - 1) : Step.Unknown;
    }

    private Step Remember(uint index)
    {
        if (!_references!.Contains(index))
        {
            return Step.GoOn;
        }

        if (_isTopRow || _stack.Count <= Bottom || _memo.Count == MostRemembered)
        {
            return Step.Unknown;
        }

        PickleCell cell = _stack[^1];
        if (cell.Kind == PickleFieldKind.Sequence || _textBytes + (long)cell.Count > MostRememberedBytes)
        {
            return Step.Unknown;
        }

        if (cell is { Kind: PickleFieldKind.Text, IsRemembered: false })
        {
            if (_texts.Length < _textBytes + cell.Count)
            {
                Array.Resize(ref _texts, Math.Max(_textBytes + cell.Count, 2 * _texts.Length));
            }

            TextOf(cell).CopyTo(_texts.AsSpan(_textBytes));
            cell = cell with { IsRemembered = true, Data = _textBytes };
            _textBytes += cell.Count;
        }

        _memo[index] = cell;
        return Step.GoOn;
    }

    private Step Recall(uint index) => _memo.TryGetValue(index, out PickleCell cell) ? Push(cell) : Step.Unknown;
}
