namespace Avion.Files;

/// <summary>The few names that NumPy's arrays and scalars of numbers need; any other is refused by name.</summary>
public sealed class NumpyPickleWorld : PickleWorld
{
    /// <inheritdoc />
    /// <remarks>NumPy 2 moved its modules from numpy.core to numpy._core.</remarks>
    public override PickleGlobal Name(string module, string name)
    {
        const string newer = "numpy._core", older = "numpy.core";
        string place = module.StartsWith(newer, StringComparison.Ordinal) ? $"{older}{module.AsSpan(newer.Length)}" : module;
        return (place, name) is ("numpy.core.multiarray", "_reconstruct") or ("numpy.core.numeric", "_frombuffer")
            or ("numpy.core.multiarray", "scalar") or ("numpy", "ndarray") or ("numpy", "dtype") or ("_codecs", "encode")
            ? new PickleGlobal(place, name)
            : throw new FileFaultException($"it asks for '{module}.{name}', which is no data; only lists, tuples, numbers, strings and "
                + "NumPy arrays of numbers are read");
    }

    /// <inheritdoc />
    public override object? Call(PickleGlobal callee, object?[] arguments, PickleReader reader)
    {
        switch (callee.Name, arguments)
        {
            case ("_reconstruct", { Length: 3 }):
                return new NumpyArray();
            case ("dtype", [string code, ..]):
                return new NumpyType(code);
            case ("encode", [string text, "latin1" or "latin-1" or "iso-8859-1", ..]):
                reader.Budget.TakeBytes(text.Length);
                return new PickleBytes(0, text.Length, Memory: Encoding.Latin1.GetBytes(text));
            case ("encode", [PickleBytes { IsLatin1InUtf8: true } large, "latin1" or "latin-1" or "iso-8859-1", ..]):
                return large;
            case ("_frombuffer", [PickleBytes data, NumpyType type, object?[] shape, string order]):
                NumpyArray array = new();
                array.Set(reader.File, shape, type, order == "F", data);
                return array;
            case ("scalar", [NumpyType { Bytes: > 0 } type, PickleBytes data]):
                Span<byte> bytes = stackalloc byte[8];
                long position = 0, here = reader.File.Position;
                data.Read(reader.File, ref position, bytes[..type.Bytes]);
                reader.File.Position = here;
                double value = type.Decode(bytes);
                return type.Code[0] == 'f' ? value : (long)value;
            default:
                throw new FileFaultException($"it calls '{callee}' with arguments that make no array");
        }
    }

    /// <inheritdoc />
    public override void SetState(object? target, object? state, PickleReader reader)
    {
        switch (target, state)
        {
            case (NumpyArray array, object?[] and [long, { } shape, { } type, { } order, { } data]):
                array.Set(reader.File, shape, type, order is true or 1L, data);
                break;
            case (NumpyType type, object?[] and [long, string order, ..]):
                type.IsBigEndian = order == ">";
                break;
            default:
                throw new FileFaultException("it sets the state of something that is no array");
        }
    }
}
