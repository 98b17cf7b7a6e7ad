using System.Numerics;

namespace Avion.Files;

public sealed partial class PickleReader
{
    // Parsing and writing numbers takes the square of their digits.
    private const int MaximumDigits = 1000, MaximumNumberBytes = 400;

    private bool StepValue(PickleOpcode opcode)
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
                Push((long)(int)File.ReadUnsigned(4));
                return true;
            case PickleOpcode.BinInt1 or PickleOpcode.BinInt2:
                Push((long)File.ReadUnsigned(opcode == PickleOpcode.BinInt1 ? 1 : 2));
                return true;
            case PickleOpcode.Long1 or PickleOpcode.Long4:
                Push(ReadNumber(File.ReadLength(opcode == PickleOpcode.Long1 ? 1 : 4)));
                return true;
            case PickleOpcode.Int or PickleOpcode.Long:
                string digits = File.ReadLine().TrimEnd('\r', 'L');
                bool isBoolean = opcode == PickleOpcode.Int && digits is "00" or "01";
                Push(isBoolean ? digits == "01" : ParseNumber(digits));
                return true;
            case PickleOpcode.Float:
                Push(ParseReal(File.ReadLine()));
                return true;
            case PickleOpcode.BinFloat:
                Push(BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(File.ReadUnsigned(8))));
                return true;
            case PickleOpcode.String:
                byte[] quoted = PickleText.Unquote(File.ReadLine());
                Budget.TakeBytes(quoted.Length);
                Push(PickleText.Decode(quoted) ?? (object)new PickleBytes(0, quoted.Length, Memory: quoted));
                return true;
            case PickleOpcode.Unicode:
                string line = PickleText.UnescapeUnicode(File.ReadLine());
                Budget.TakeBytes(sizeof(char) * line.Length);
                Push(line);
                return true;
            case PickleOpcode.BinString or PickleOpcode.ShortBinString:
                PushText(File.ReadLength(opcode == PickleOpcode.BinString ? 4 : 1), isUnicode: false);
                return true;
            case PickleOpcode.BinUnicode or PickleOpcode.ShortBinUnicode or PickleOpcode.BinUnicode8:
                PushText(File.ReadLength(opcode switch { PickleOpcode.BinUnicode => 4, PickleOpcode.ShortBinUnicode => 1, _ => 8 }),
                    isUnicode: true);
                return true;
            case PickleOpcode.BinBytes or PickleOpcode.ShortBinBytes or PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                long length = File.ReadLength(opcode switch { PickleOpcode.BinBytes => 4, PickleOpcode.ShortBinBytes => 1, _ => 8 });
                Push(new PickleBytes(File.Position, length));
                File.Skip(length);
                return true;
            default:
                return false;
        }
    }

    private bool StepContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyTuple:
                Push(Array.Empty<object?>());
                return true;
            case PickleOpcode.Tuple:
                Push(TakeToMark());
                return true;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                Push(Take(opcode - PickleOpcode.Tuple1 + 1));
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet:
                Push(NewList());
                return true;
            case PickleOpcode.List or PickleOpcode.FrozenSet:
                object?[] items = TakeToMark();
                Push(NewList());
                Extend(items);
                return true;
            case PickleOpcode.Append:
                Extend(Take(1));
                return true;
            case PickleOpcode.Appends or PickleOpcode.AddItems:
                Extend(TakeToMark());
                return true;
            case PickleOpcode.EmptyDict:
                Push(new PickleDictionary());
                return true;
            case PickleOpcode.Dict:
                object?[] pairs = TakeToMark();
                Push(new PickleDictionary());
                SetItems(pairs);
                return true;
            case PickleOpcode.SetItem:
                SetItems(Take(2));
                return true;
            case PickleOpcode.SetItems:
                SetItems(TakeToMark());
                return true;
            default:
                return false;
        }
    }

    /// <summary>The first list of a file whose items are wanted one by one is a marker that keeps nothing.</summary>
    private object NewList() => _item is not null && _stack.Count == 0 && _marks.Count == 0 ? s_root : new List<object?>();

    private void Extend(object?[] items)
    {
        object? target = Top();
        if (ReferenceEquals(target, s_root))
        {
            foreach (object? item in items)
            {
                _item!(item);
            }

            Budget.Release();
        }
        else
        {
            // Subclasses of lists are filled like lists; what they hold is not looked at.
            (target is PickleObject ? [] : As<List<object?>>(target, "a list")).AddRange(items);
        }
    }

    private void SetItems(object?[] pairs)
    {
        PickleDictionary dictionary = Top() is PickleObject instance
            ? instance.Members ??= new PickleDictionary()
            : As<PickleDictionary>(Top(), "a dictionary");
        if (pairs.Length % 2 != 0)
        {
            throw new FileFaultException("a dictionary has a key without a value");
        }

        for (int i = 0; i < pairs.Length; i += 2)
        {
            dictionary.Add(pairs[i], pairs[i + 1]);
        }
    }

    private void PushText(long bytes, bool isUnicode)
    {
        long start = File.Position;
        string? text = null;
        if (bytes <= PickleStream.LongestText)
        {
            Budget.TakeBytes(sizeof(char) * bytes);
            text = File.ReadText((int)bytes);
        }

        File.Position = start + bytes;
        Push(text ?? (object)new PickleBytes(start, bytes, IsLatin1InUtf8: isUnicode));
    }

    /// <summary>Little-endian two's complement of any length.</summary>
    private object ReadNumber(long bytes) => bytes <= MaximumNumberBytes
        ? Narrow(new BigInteger(File.ReadBytes(bytes)))
        : throw new FileFaultException($"a number has {bytes} bytes, expected at most {MaximumNumberBytes}");

    /// <summary>Python's spelling of numbers that are none differs.</summary>
    private static double ParseReal(string text) => text switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static object ParseNumber(string digits) => long.TryParse(digits, CultureInfo.InvariantCulture, out long number)
        ? number
        : digits.Length <= MaximumDigits
        ? Narrow(BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))
        : throw new FileFaultException($"a number has {digits.Length} digits and is too long, expected at most {MaximumDigits}");

    private static object Narrow(BigInteger number) =>
        number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
}
