namespace Avion.Compute;

/// <summary>How one element of a tensor is stored.</summary>
public enum ElementType : byte
{
    /// <summary>IEEE 754 binary32: activations, parameters and gradients on the CPU.</summary>
    Float32,

    /// <summary>IEEE 754 binary64: everything on the <see cref="ReferenceDevice"/>.</summary>
    Float64,

    /// <summary>Upper half of a binary32 (<see cref="Compute.BFloat16"/>): activations and working weights, where a training asks for it.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary16: found in checkpoints.</summary>
    Float16,

    /// <summary>Pixels, 0 to 255.</summary>
    UInt8,

    /// <summary>Token identifiers, row numbers and sequence offsets.</summary>
    Int32,

    /// <summary>Found in checkpoints.</summary>
    Int64,
}

/// <summary>Sizes of element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes that one element takes.</summary>
    public static int SizeInBytes(this ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.BFloat16 or ElementType.Float16 => 2,
        _ => 1,
    };
}
