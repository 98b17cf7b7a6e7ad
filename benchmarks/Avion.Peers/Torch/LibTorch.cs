using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>libtorch as NuGet brings it, made to load on this machine.</summary>
internal static class LibTorch
{
    private const string ShimName = "libLibTorchSharp.so", NewestVersion = "GLIBCXX_3.4.32";

    private static string? s_folder;

    /// <summary>Whether the package is on this machine, so that nothing has to be fetched.</summary>
    public static bool IsFetched => Directory.Exists(Native(Metadata("LibTorchPackage")));

    /// <summary>Libraries lie in one folder, which the loader of a process finds by LD_LIBRARY_PATH.</summary>
    /// <returns>The folder.</returns>
    public static string Prepare()
    {
        if (s_folder is not null)
        {
            return s_folder;
        }

        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new PeerException($"libtorch: the peer runs on x86-64 Linux, not on {RuntimeInformation.RuntimeIdentifier}.");
        }

        Fetch();
        string folder = Path.Combine(AppContext.BaseDirectory, "libtorch");
        Directory.CreateDirectory(folder);
        foreach (string library in Directory.EnumerateFiles(Native(Metadata("LibTorchPackage")), "lib*.so*"))
        {
            Link(library, Path.Combine(folder, Path.GetFileName(library)));
        }

        string shim = Path.Combine(Native(Metadata("TorchSharpPackage")), ShimName), own = Path.Combine(folder, ShimName);
        if (SystemHas(NewestVersion))
        {
            Link(shim, own);
        }
        else
        {
            // The shim names a version of libstdc++ that is newer than Debian 12's, and takes no symbol of it.
            byte[] image = File.ReadAllBytes(shim);
            VersionNeeds.MarkWeak(image, NewestVersion);
            Replace(own, path => File.WriteAllBytes(path, image));
        }

        return s_folder = folder;
    }

    /// <summary>Whether the system's libstdc++ has symbols of a version.</summary>
    private static bool SystemHas(string version)
    {
        string[] folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib"];
        return folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists) is { } library
            && File.ReadAllBytes(library).AsSpan().IndexOf(Encoding.ASCII.GetBytes(version + "\0")) >= 0;
    }

    private static string Metadata(string key) =>
        typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;

    private static string Native(string package) => Path.Combine(package, "runtimes", "linux-x64", "native");

    /// <summary>NuGet fetches the package where it is not there yet.</summary>
    private static void Fetch()
    {
        if (IsFetched)
        {
            return;
        }

        Console.Error.WriteLine("Peers: fetching libtorch, 140 MB ...");
        string project = Path.GetFullPath(Metadata("LibTorchProject"));
        string said = "";
        try
        {
            using Process restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", project]) { RedirectStandardOutput = true })!;
            said = restore.StandardOutput.ReadToEnd();
            restore.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            said = error.Message;
        }

        if (!IsFetched)
        {
            throw new PeerException($"libtorch: {Metadata("LibTorchPackage")} is not there, and could not be fetched by: dotnet restore {project}\n{said}");
        }
    }

    private static void Link(string target, string path)
    {
        if (new FileInfo(path).LinkTarget != target)
        {
            Replace(path, name => File.CreateSymbolicLink(name, target));
        }
    }

    /// <summary>Other processes of the kind may do the same at the same time.</summary>
    private static void Replace(string path, Action<string> create)
    {
        string temporary = $"{path}.{Environment.ProcessId}";
        create(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}
