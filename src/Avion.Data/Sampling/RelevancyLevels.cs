namespace Avion.Data;

/// <summary>Relevancies as one byte each: a code for each different value.</summary>
/// <remarks>
/// Published matrices hold few different values (means of ratios of small counts), and up to 256 are kept exactly. A matrix with more is
/// rounded to steps of 1/240, as Wang et al. 2024 do (arXiv:2406.12256).
/// </remarks>
public sealed class RelevancyLevels
{
    /// <summary>Codes there are.</summary>
    public const int Capacity = 256;

    private const int Steps = 240;

    private readonly float[] _values = new float[Capacity];
    private readonly Dictionary<float, byte> _codes = [];

    /// <summary>Whether values are rounded because there are too many.</summary>
    public bool AreRounded { get; private set; }

    /// <summary>The value of each code, [256]; zero where a code is not used.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Encodes relevancies; false where their values are too many to be kept, and <see cref="Round"/> is
    /// to be called first.</summary>
    /// <exception cref="DataException">One is no number from 0 to 1.</exception>
    public bool TryEncode(ReadOnlySpan<float> relevancies, Span<byte> codes)
    {
        (float last, byte lastCode) = (float.NaN, 0);
        for (int i = 0; i < relevancies.Length; i++)
        {
            float value = relevancies[i];
            if (value != last)
            {
                if (!TryEncode(value, i, out lastCode))
                {
                    return false;
                }

                last = value;
            }

            codes[i] = lastCode;
        }

        return true;
    }

    /// <summary>Rounds values from now on.</summary>
    /// <returns>The new code of each old one, [256].</returns>
    public byte[] Round()
    {
        byte[] codes = new byte[Capacity];
        for (int code = 0; code < _codes.Count; code++)
        {
            codes[code] = Rounded(_values[code]);
        }

        for (int code = 0; code < Capacity; code++)
        {
            _values[code] = code <= Steps ? (float)code / Steps : 0;
        }

        AreRounded = true;
        return codes;
    }

    private static byte Rounded(float value) => (byte)MathF.Round(value * Steps);

    private bool TryEncode(float value, int place, out byte code)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"The relevancy in column {place} is {value}, expected a number from 0 to 1."));
        }

        if (AreRounded)
        {
            code = Rounded(value);
            return true;
        }

        if (_codes.TryGetValue(value, out code))
        {
            return true;
        }

        if (_codes.Count == Capacity)
        {
            return false;
        }

        code = (byte)_codes.Count;
        _values[code] = value;
        _codes.Add(value, code);
        return true;
    }
}
