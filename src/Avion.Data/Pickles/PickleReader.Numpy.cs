namespace Avion.Data;

internal sealed partial class PickleReader
{
    /// <summary>Recognizes the few names that NumPy's arrays need. NumPy 2 moved its modules from numpy.core to numpy._core.</summary>
    private PickleGlobal Allowed(string module, string name)
    {
        const string newer = "numpy._core", older = "numpy.core";
        string place = module.StartsWith(newer, StringComparison.Ordinal) ? $"{older}{module.AsSpan(newer.Length)}" : module;
        string known = (place, name) switch
        {
            ("numpy.core.multiarray", "_reconstruct") => "array",
            ("numpy.core.numeric", "_frombuffer") => "frombuffer",
            ("numpy.core.multiarray", "scalar") => "scalar",
            ("numpy", "ndarray") => "ndarray",
            ("numpy", "dtype") => "dtype",
            ("_codecs", "encode") => "encode",
            _ => throw _file.Error($"it asks for '{module}.{name}', which is no data. Only lists, tuples, numbers, strings and NumPy "
                + "arrays of numbers are read."),
        };
        return new PickleGlobal(module, known);
    }

    private object Construct(PickleGlobal? global, object?[]? arguments)
    {
        switch (global?.Name, arguments)
        {
            case ("array", { Length: 3 }):
                return new NumpyArray();
            case ("dtype", [string code, ..]):
                return new NumpyType(code);
            case ("encode", [string text, "latin1" or "latin-1" or "iso-8859-1", ..]):
                return new PickleBytes(0, text.Length, Memory: Encoding.Latin1.GetBytes(text));
            case ("encode", [PickleBytes { IsLatin1InUtf8: true } large, "latin1" or "latin-1" or "iso-8859-1", ..]):
                return large;
            case ("frombuffer", [PickleBytes data, NumpyType type, object?[] shape, string order]):
                NumpyArray array = new();
                array.Set(_file, shape, type, order == "F", data);
                return array;
            case ("scalar", [NumpyType { Bytes: > 0 } type, PickleBytes data]):
                Span<byte> bytes = stackalloc byte[8];
                long position = 0, here = _file.Position;
                data.Read(_file, ref position, bytes[..type.Bytes]);
                _file.Position = here;
                double value = type.Decode(bytes);
                return type.Code[0] == 'f' ? value : (long)value;
            default:
                throw _file.Error($"it calls '{global?.Module}' with arguments that make no array.");
        }
    }

    private void SetState(object? target, object?[]? state)
    {
        switch (target, state)
        {
            case (NumpyArray array, [long, var shape, var type, var order, var data]):
                array.Set(_file, shape, type, order is true or 1L, data);
                break;
            case (NumpyType type, [long, string order, ..]):
                type.IsBigEndian = order == ">";
                break;
            default:
                throw _file.Error("it sets the state of something that is no array.");
        }
    }
}
