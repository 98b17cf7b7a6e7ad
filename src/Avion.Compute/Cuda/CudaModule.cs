using System.Text.RegularExpressions;

namespace Avion.Compute;

/// <summary>The kernels of one source file, loaded on a device.</summary>
internal sealed unsafe partial class CudaModule : IDisposable
{
    private const string Ending = ".ptx";

    private readonly CudaDriver _driver;
    private readonly nint _handle;
    private readonly Dictionary<string, int[]> _parameters;

    /// <summary>Compiles the PTX that is part of this assembly for the current device.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="source">Name of the source file without its ending.</param>
    public CudaModule(CudaDriver driver, string source)
    {
        string text = TextOf(source);
        _driver = driver;
        _parameters = Entry().Matches(text).ToDictionary(entry => entry.Groups[1].Value, entry => Sizes(entry.Groups[2].Value));
        _handle = driver.LoadModule(text);
    }

    /// <summary>Names of all source files, without their ending.</summary>
    public static IReadOnlyList<string> Sources { get; } =
    [
        .. typeof(CudaModule).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(Ending, StringComparison.Ordinal))
            .Select(name => name[..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>The PTX of a source file.</summary>
    public static string TextOf(string source)
    {
        using Stream stream = typeof(CudaModule).Assembly.GetManifestResourceStream(source + Ending)
            ?? throw new InvalidOperationException($"This build has no kernels {source}{Ending}. This is a bug in Avion.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The kernels that PTX declares.</summary>
    public static IEnumerable<string> KernelNamesIn(string text) => Entry().Matches(text).Select(entry => entry.Groups[1].Value);

    /// <summary>A kernel by its name.</summary>
    public CudaFunction Function(string name) => new(name, _driver.Function(_handle, name), _parameters[name]);

    /// <inheritdoc />
    public void Dispose() => _driver.UnloadModule(_handle);

    private static int[] Sizes(string parameters) =>
        [.. Parameter().Matches(parameters).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) / 8)];

    [GeneratedRegex(@"\.entry (\w+)\(([^)]*)\)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.param \.[a-z]+(\d+)")]
    private static partial Regex Parameter();
}

/// <summary>A kernel on a device, and the sizes of its parameters.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Handle">The driver's.</param>
/// <param name="ParameterBytes">Size of each parameter.</param>
internal sealed record CudaFunction(string Name, nint Handle, int[] ParameterBytes)
{
    /// <summary>Dynamic shared memory that launches may ask for.</summary>
    public int AllowedSharedBytes { get; set; } = 48 * 1024;

    /// <summary>Checks that arguments fit: a driver reads as many bytes as the kernel declares, whatever it is given.</summary>
    public void Check(ReadOnlySpan<CudaArgument> arguments)
    {
        bool fits = arguments.Length == ParameterBytes.Length;
        for (int i = 0; fits && i < arguments.Length; i++)
        {
            fits = arguments[i].Bytes == ParameterBytes[i];
        }

        if (!fits)
        {
            string given = string.Join(", ", arguments.ToArray().Select(argument => argument.Bytes));
            throw new ArgumentException($"{Name}: got arguments of {given} bytes, the kernel takes {string.Join(", ", ParameterBytes)}.");
        }
    }
}

/// <summary>Names a kernel, once for all devices: the file of its source, and the name that each element type's variant begins with.</summary>
internal sealed class CudaKernel(string source, string name)
{
    /// <summary>Name of the source file without its ending.</summary>
    public string Source => source;

    /// <summary>Name of the variant for a type: <c>add_f32</c>, <c>add_bf16</c>.</summary>
    public string VariantName(ElementType type) => type switch
    {
        ElementType.Float32 => $"{name}_f32",
        ElementType.BFloat16 => $"{name}_bf16",
        _ => throw new ArgumentException($"{name} has no kernel for {type}."),
    };
}
