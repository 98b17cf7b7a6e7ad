namespace Avion.Cli;

/// <summary>What the program's exit code means to a script.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Ok = 0;

    /// <summary>The work failed, or was stopped before its end.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the recipe is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>This machine lacks a library, a program or a device that the work needs.</summary>
    public const int Missing = 3;
}
