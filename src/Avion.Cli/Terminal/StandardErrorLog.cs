using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Avion.Cli;

/// <summary>Loggers that write one plain line per entry to standard error.</summary>
internal static class StandardErrorLog
{
    public static ILoggerFactory Create(LogLevel minimum = LogLevel.Information) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(minimum)
        .AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.ColorBehavior = TerminalStyle.ErrorIsTerminal && TerminalStyle.ColourIsWanted
                ? LoggerColorBehavior.Default
                : LoggerColorBehavior.Disabled;
        })
        .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace));
}
