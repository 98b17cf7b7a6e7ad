using System.Buffers.Binary;

namespace Avion.CudaSimulator;

/// <summary>Where the registers, constants and special registers of a kernel lie in a warp's memory.</summary>
/// <remarks>A place holds 32 lanes: 128 bytes where a register has at most 32 bits, 256 where it has 64. Constants and special registers
/// have places too, filled once for a warp, so that every operand is read in one way.</remarks>
internal sealed class RegisterMap
{
    public const int NarrowBytes = 128, WideBytes = 256;

    private readonly Dictionary<string, int> _places;
    private readonly Dictionary<(ulong Bits, bool IsWide), int> _constants = [];
    private readonly Dictionary<string, int> _special = [];

    private RegisterMap(Dictionary<string, int> places, Dictionary<string, int> predicates, int bytes) =>
        (_places, Predicates, Bytes) = (places, predicates, bytes);

    /// <summary>Number of each predicate.</summary>
    public Dictionary<string, int> Predicates { get; }

    /// <summary>Bytes of a warp's registers.</summary>
    public int Bytes { get; private set; }

    /// <summary>Constants and their places.</summary>
    public IReadOnlyDictionary<(ulong Bits, bool IsWide), int> Constants => _constants;

    /// <summary>Special registers, such as <c>%tid.x</c>, and their places.</summary>
    public IReadOnlyDictionary<string, int> Special => _special;

    public static bool IsWide(PtxType type) => type.Bits * type.Count > 32;

    /// <summary>A place of its own for each register.</summary>
    public static RegisterMap Apart(PtxKernel kernel)
    {
        Dictionary<string, int> places = [];
        int bytes = 0;
        foreach ((string name, PtxType type) in kernel.Registers.Where(register => !register.Value.IsPredicate))
        {
            places.Add(name, bytes);
            bytes += IsWide(type) ? WideBytes : NarrowBytes;
        }

        return new RegisterMap(places, Numbered(kernel), bytes);
    }

    /// <summary>Places that registers share which do not live at the same time.</summary>
    public static RegisterMap Packed(PtxKernel kernel, Dictionary<string, int> places, int bytes) => new(places, Numbered(kernel), bytes);

    public int Place(string register) => _places[register];

    public int Constant(ulong bits, bool isWide)
    {
        if (!_constants.TryGetValue((bits, isWide), out int place))
        {
            _constants.Add((bits, isWide), place = Bytes);
            Bytes += isWide ? WideBytes : NarrowBytes;
        }

        return place;
    }

    public int SpecialRegister(string name)
    {
        if (!_special.TryGetValue(name, out int place))
        {
            _special.Add(name, place = Bytes);
            Bytes += NarrowBytes;
        }

        return place;
    }

    /// <summary>The bits of a number as PTX writes it.</summary>
    public static ulong ParseConstant(string text, PtxType type)
    {
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && type.Bits == 32)
        {
            return uint.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && type.Bits == 64)
        {
            return BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(text.AsSpan(2)));
        }

        bool isNegative = text[0] == '-';
        ReadOnlySpan<char> digits = text.AsSpan(isNegative ? 1 : 0).TrimEnd('U');
        ulong value = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.Parse(digits[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(digits, CultureInfo.InvariantCulture);
        value = isNegative ? unchecked(0 - value) : value;
        return (type.Bits * type.Count) switch { >= 64 => value, 32 => (uint)value, _ => (ushort)value };
    }

    private static Dictionary<string, int> Numbered(PtxKernel kernel) => kernel.Registers.Where(register => register.Value.IsPredicate)
        .Select((register, number) => (register.Key, number)).ToDictionary(pair => pair.Key, pair => pair.number);
}
