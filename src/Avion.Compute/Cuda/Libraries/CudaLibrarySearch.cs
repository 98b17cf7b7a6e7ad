using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Finds NVIDIA's libraries: on this machine, or in a simulator.</summary>
/// <remarks>
/// Looked for in this order: the folders that <c>AVION_CUDA_LIBRARIES</c> names; the loader's own places, by the library's file name;
/// <c>CUDA_PATH</c> and <c>CUDA_HOME</c>; <c>/usr/local/cuda*</c>, the newest first; where containers and Windows' subsystem for Linux keep
/// the driver; the packages that Python's <c>pip</c> installs. A file that is there and cannot be opened does not end the search.
/// </remarks>
public sealed class CudaLibrarySearch
{
    /// <summary>The environment variable that names folders to look in first, separated by colons.</summary>
    public const string Variable = "AVION_CUDA_LIBRARIES";

    private readonly Func<string, nint>? _find;
    private readonly Func<string, string?> _environment;
    private readonly string _root;
    private readonly Dictionary<CudaLibrary, (CudaFunctions? Functions, string Missing)> _opened = [];

    /// <summary>All functions come from one place, such as a simulator.</summary>
    /// <param name="find">The address of a function by its exported name, or 0 where there is none.</param>
    public CudaLibrarySearch(Func<string, nint> find) => (_find, _environment, _root) = (find, static _ => null, "/");

    /// <summary>Looks on a machine.</summary>
    /// <param name="environment">The value of an environment variable.</param>
    /// <param name="root">Where its file system begins.</param>
    internal CudaLibrarySearch(Func<string, string?> environment, string root) => (_environment, _root) = (environment, root);

    /// <summary>The libraries of this machine.</summary>
    public static CudaLibrarySearch Installed { get; } = new(Environment.GetEnvironmentVariable, "/");

    /// <summary>Opens a library, once.</summary>
    /// <param name="library">Which.</param>
    /// <param name="functions">Its functions, where it could be opened.</param>
    /// <param name="missing">Where it could not, what was looked for and what to do, in a sentence or two.</param>
    public bool TryOpen(CudaLibrary library, out CudaFunctions? functions, out string missing)
    {
        lock (_opened)
        {
            if (!_opened.TryGetValue(library, out (CudaFunctions? Functions, string Missing) found))
            {
                _opened.Add(library, found = _find is not null ? (new CudaFunctions(library.Name, _find), "") : Search(library));
            }

            (functions, missing) = found;
            return functions is not null;
        }
    }

    /// <summary>Opens a library that there must be.</summary>
    /// <exception cref="DllNotFoundException">It cannot be opened; the message says what to do.</exception>
    internal CudaFunctions Open(CudaLibrary library) =>
        TryOpen(library, out CudaFunctions? functions, out string missing) ? functions! : throw new DllNotFoundException(missing);

    /// <summary>Files to try, in order; a bare name is left to the loader.</summary>
    internal IEnumerable<string> Candidates(CudaLibrary library)
    {
        foreach (string folder in Listed(Variable))
        {
            foreach (string file in library.Files.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                yield return file;
            }
        }

        foreach (string name in library.Files)
        {
            yield return name;
        }

        foreach (string folder in Folders(library).Distinct().Where(Directory.Exists))
        {
            foreach (string file in library.Files.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                yield return file;
            }
        }
    }

    private (CudaFunctions?, string) Search(CudaLibrary library)
    {
        List<string> unusable = [];
        foreach (string candidate in Candidates(library))
        {
            if (NativeLibrary.TryLoad(candidate, out nint handle))
            {
                return (new CudaFunctions(candidate, function => NativeLibrary.TryGetExport(handle, function, out nint address) ? address : 0), "");
            }

            if (Path.IsPathRooted(candidate))
            {
                unusable.Add(candidate);
            }
        }

        string tried = unusable.Count == 0 ? $"{library.Files[0]} cannot be opened" : $"{string.Join(", ", unusable)} cannot be opened";
        return (null, $"There is no {library.Name} on this machine ({tried}). {library.Remedy}");
    }

    private IEnumerable<string> Folders(CudaLibrary library)
    {
        string[] homes = [.. Listed("CUDA_PATH"), .. Listed("CUDA_HOME"), .. Newest(Under("usr/local"), "cuda*")];
        foreach (string home in homes)
        {
            yield return Path.Combine(home, "lib64");
            yield return Path.Combine(home, "targets/x86_64-linux/lib");
        }

        yield return Under("usr/local/nvidia/lib64");
        yield return Under("usr/lib/wsl/lib");
        if (library.WheelFolders.Count == 0)
        {
            yield break;
        }

        string[] pythons = [.. Listed("VIRTUAL_ENV"), .. Listed("CONDA_PREFIX"), Under("usr/local"), Under("usr"),
            .. Listed("HOME").Select(home => Path.Combine(home, ".local"))];
        foreach (string python in pythons.SelectMany(prefix => Newest(Path.Combine(prefix, "lib"), "python3*")))
        {
            foreach (string packages in (string[])["site-packages", "dist-packages"])
            {
                foreach (string folder in library.WheelFolders)
                {
                    yield return Path.Combine(python, packages, "nvidia", folder);
                }
            }
        }
    }

    private string Under(string path) => Path.Combine(_root, path);

    private string[] Listed(string variable) =>
        _environment(variable)?.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Folders of a pattern: the one without a number, which is the machine's choice, then the newest first.</summary>
    private static IEnumerable<string> Newest(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, pattern).OrderByDescending(VersionOf)] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static Version VersionOf(string folder)
    {
        string number = Path.GetFileName(folder).TrimStart([.. "cudapython-"]);
        return Version.TryParse(number, out Version? version) ? version
            : int.TryParse(number, CultureInfo.InvariantCulture, out int major) ? new Version(major, 0) : new Version(int.MaxValue, 0);
    }
}
