using System.Diagnostics;

namespace Avion.Peers;

/// <summary>The allocator that libtorch is at its best with.</summary>
internal static class TcMalloc
{
    private const string Package = "libtcmalloc-minimal4", Library = "libtcmalloc_minimal.so.4";

    private static bool s_searched;
    private static string? s_path;

    /// <summary>The library: the system's, or that of Debian's package, which is unpacked beside the program and not installed; null if
    /// neither is to be had.</summary>
    public static string? Find()
    {
        if (!s_searched)
        {
            s_searched = true;
            string folder = Path.Combine(AppContext.BaseDirectory, "tcmalloc");
            s_path = Installed("/usr/lib") ?? Installed(folder);
            if (s_path is null)
            {
                Download(folder);
                s_path = Installed(folder);
                Console.Error.WriteLine(s_path is null
                    ? $"Peers: no tcmalloc, so the peer is a little slower than at its best. Install it: apt-get install {Package}"
                    : $"Peers: unpacked Debian's {Package}.");
            }
        }

        return s_path;
    }

    private static string? Installed(string folder) => !Directory.Exists(folder) ? null
        : Directory.EnumerateFiles(folder, Library, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5 })
            .FirstOrDefault();

    private static void Download(string folder)
    {
        Directory.CreateDirectory(folder);
        string script = $"apt-get download {Package} || {{ apt-get update && apt-get download {Package}; }} && dpkg-deb -x ./*.deb . && rm ./*.deb";
        try
        {
            using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", script])
            {
                WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            shell.StandardOutput.ReadToEnd();
            shell.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No shell: there is no package either.
        }
    }
}
