namespace Avion.Files;

/// <summary>An element type of NumPy, such as '&lt;f8'.</summary>
public sealed class NumpyType(string code)
{
    /// <summary>Kind and size in bytes: "f8", "i4", "b1" …</summary>
    public string Code { get; } = code;

    /// <summary>Whether the most significant byte comes first.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>Size of an element; 0 for what is no number.</summary>
    public int Bytes => Code switch
    {
        "f8" or "i8" or "u8" => 8,
        "f4" or "i4" or "u4" => 4,
        "f2" or "i2" or "u2" => 2,
        "i1" or "u1" or "b1" => 1,
        _ => 0,
    };

    /// <summary>The number that the next bytes hold.</summary>
    public double Decode(ReadOnlySpan<byte> bytes)
    {
        Span<byte> little = stackalloc byte[8];
        little.Clear();
        bytes[..Bytes].CopyTo(little);
        if (IsBigEndian)
        {
            little[..Bytes].Reverse();
        }

        return Code switch
        {
            "f8" => BinaryPrimitives.ReadDoubleLittleEndian(little),
            "f4" => BinaryPrimitives.ReadSingleLittleEndian(little),
            "f2" => (double)BinaryPrimitives.ReadHalfLittleEndian(little),
            "i8" => BinaryPrimitives.ReadInt64LittleEndian(little),
            "i4" => BinaryPrimitives.ReadInt32LittleEndian(little),
            "i2" => BinaryPrimitives.ReadInt16LittleEndian(little),
            "i1" => (sbyte)little[0],
            _ => BinaryPrimitives.ReadUInt64LittleEndian(little),
        };
    }
}

/// <summary>A NumPy array inside a pickle: shape and type in memory, the elements still in the file.</summary>
public sealed class NumpyArray
{
    /// <summary>Extents.</summary>
    public long[] Shape { get; private set; } = [0];

    /// <summary>Element type.</summary>
    public NumpyType Type { get; private set; } = new("u1");

    /// <summary>Whether columns lie together, not rows.</summary>
    public bool IsFortranOrder { get; private set; }

    /// <summary>The elements.</summary>
    public PickleBytes Data { get; private set; } = new(0, 0, Memory: []);

    /// <summary>Sets everything, as the state of a pickled array does.</summary>
    /// <exception cref="FileFaultException">The parts do not make an array of numbers.</exception>
    public void Set(PickleStream file, object? shape, object? type, bool isFortranOrder, object? data)
    {
        if (shape is not object?[] { Length: <= 8 } sizes || type is not NumpyType element || data is not PickleBytes bytes)
        {
            throw new FileFaultException("an array has no shape, element type or data of numbers; arrays of objects are not read");
        }

        if (element.Bytes == 0)
        {
            throw new FileFaultException($"an array has elements of type '{element.Code}', expected numbers");
        }

        long[] extents = new long[sizes.Length];
        long count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            extents[i] = sizes[i] is long size and >= 0 ? size : throw new FileFaultException("an array's shape holds something that is "
                + "no count");

            // Dividing first: the product of hostile sizes would overflow.
            if (extents[i] > 0 && count > file.Length / extents[i])
            {
                throw new FileFaultException("an array's shape needs more bytes than the file has");
            }

            count *= extents[i];
        }

        (Shape, Type, IsFortranOrder, Data) = (extents, element, isFortranOrder, bytes);
    }
}
