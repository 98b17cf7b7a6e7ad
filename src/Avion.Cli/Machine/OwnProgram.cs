using System.Diagnostics;

namespace Avion.Cli;

/// <summary>This program, to be started again: as a single file, through its own host, or through <c>dotnet</c>.</summary>
internal static class OwnProgram
{
    /// <summary>How it is started, without arguments.</summary>
    public static ProcessStartInfo Start()
    {
        ProcessStartInfo start = new(Environment.ProcessPath!);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "avion.dll"));
        }

        return start;
    }
}
