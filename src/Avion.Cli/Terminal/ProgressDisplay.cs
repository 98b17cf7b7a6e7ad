using System.Diagnostics;

namespace Avion.Cli;

/// <summary>Shows on standard error how far a long piece of work is: one living line, or plain lines when it is no terminal.</summary>
/// <remarks>Calls may come from any thread and as often as the work likes; the display limits its own rate.</remarks>
public sealed class ProgressDisplay : IDisposable
{
    private const int BarCells = 24;
    private static readonly TimeSpan s_terminalInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly TextWriter _writer;
    private readonly bool _isTerminal;
    private readonly int _columns;
    private string _stage = "";
    private long _stageStarted;
    private long _lastShown;
    private bool _lineIsOpen;

    /// <summary>A display on the process's standard error.</summary>
    public ProgressDisplay()
        : this(Console.Error, TerminalStyle.ErrorIsTerminal, TerminalStyle.ErrorColumns)
    {
    }

    /// <summary>A display on any writer.</summary>
    public ProgressDisplay(TextWriter writer, bool isTerminal, int columns)
    {
        _writer = writer;
        _isTerminal = isTerminal;
        _columns = columns;
    }

    /// <summary>Reports that <paramref name="fraction"/> (0 to 1; not a number: nobody knows) of a
    /// stage is done; a new stage name starts a new line.</summary>
    public void Report(string stage, double fraction, string detail = "")
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            bool isNewStage = stage != _stage;
            if (isNewStage)
            {
                CloseLine();
                _stage = stage;
                _stageStarted = now;
            }
            fraction = Math.Clamp(fraction, 0, 1);
            TimeSpan interval = _isTerminal ? s_terminalInterval : s_plainInterval;
            if (!isNewStage && !(fraction >= 1) && Stopwatch.GetElapsedTime(_lastShown, now) < interval)
            {
                return;
            }
            _lastShown = now;
            string text = PrintableText.Of(Describe(stage, fraction, detail, Stopwatch.GetElapsedTime(_stageStarted, now)));
            if (_isTerminal)
            {
                _writer.Write("\r\e[2K" + (text.Length < _columns ? text : text[..(_columns - 1)]));
                _lineIsOpen = true;
            }
            else
            {
                _writer.WriteLine(text);
            }
        }
    }

    /// <summary>Writes a line that stays, above the living one.</summary>
    public void Line(string text)
    {
        lock (_gate)
        {
            if (_lineIsOpen)
            {
                _writer.Write("\r\e[2K");
                _lineIsOpen = false;
            }
            _writer.WriteLine(PrintableText.Of(text, mayHaveLines: true));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            CloseLine();
        }
    }

    private void CloseLine()
    {
        if (_lineIsOpen)
        {
            _writer.WriteLine();
            _lineIsOpen = false;
        }
    }

    private string Describe(string stage, double fraction, string detail, TimeSpan elapsed)
    {
        string percent = (fraction * 100).ToString("0", CultureInfo.InvariantCulture).PadLeft(3) + " %";
        if (double.IsNaN(fraction))
        {
            return _isTerminal ? $"{stage,-12} {elapsed:m\\:ss}  {detail}" : $"{stage}: {detail}";
        }

        string rest = detail.Length == 0 ? "" : "  " + detail;
        if (!_isTerminal)
        {
            return $"{stage}: {percent.TrimStart()}{rest}";
        }
        int filled = (int)(fraction * BarCells);
        string bar = new string('█', filled) + new string('░', BarCells - filled);
        return $"{stage,-12} {bar} {percent}  {elapsed:m\\:ss}{rest}";
    }
}
