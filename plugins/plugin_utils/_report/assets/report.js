// Copyright (c) 2026, dialer.trunks contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shows the data of the page in Chart.js. Names and reasons come from other machines: they reach the page by textContent
// and as text of a canvas only.
'use strict';
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const COLOURS = 7;
  const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4], [6, 2], [1, 5], [14, 3]];
  const POINTS = ['circle', 'triangle', 'rect', 'rectRot', 'star', 'cross', 'crossRot'];
  const MARKS = ['●', '▲', '■', '◆', '✱', '✚', '✖'];
  const CHANGE = 'change of the description';
  const OTHERS = 'all others';
  const LANE = 'description';
  const AXIS = 88; // pixels of the axis on the left, the same in all charts, so that their times are one below the other
  const DAY = 86400;
  const END = data.steps[data.steps.length - 1] + data.length;
  const charts = [];

  function property(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  function series(number) {
    return property('series-' + number % COLOURS);
  }

  // A moment in UTC: a day, or an hour of a day.
  function moment(seconds, whole) {
    const text = new Date(seconds * 1000).toISOString();
    return whole ? text.slice(0, 16).replace('T', ' ') : data.length < DAY ? text.slice(11, 16) : text.slice(5, 10);
  }

  function short(text) {
    return text.length > 11 ? text.slice(0, 10) + '…' : text;
  }

  function number(value, digits) {
    return value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
  }

  function fixedWidth(scale) {
    scale.width = AXIS;
  }

  function timeAxis() {
    return {
      type: 'linear', min: data.since, max: END, title: {display: true, text: data.length < DAY ? 'hour (UTC)' : 'day (UTC)'},
      afterBuildTicks: (axis) => { axis.ticks = data.steps.map((value) => ({value})); },
      ticks: {callback: (value) => moment(value), maxRotation: 45, autoSkip: true, autoSkipPadding: 12},
    };
  }

  function reads(chart) {
    const tooltip = chart.tooltip;
    const lines = (tooltip.body || []).reduce((all, part) => all.concat(part.lines), []);
    return (tooltip.title || []).concat(lines).join('; ');
  }

  // Arrow keys go through the points of a chart, and what the tooltip says is read to those who do not see it.
  function keyboard(chart) {
    const canvas = chart.canvas;
    const told = document.getElementById(canvas.id + '-told');
    let place = -1;
    canvas.addEventListener('keydown', (event) => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
      if (event.key === 'Escape') {
        place = -1;
      } else if (step) {
        const count = Math.max(0, ...chart.data.datasets.filter((one) => !one.mark).map((one) => one.data.length));
        if (!count) { return; }
        place = (place + step + count) % count;
        event.preventDefault();
      } else {
        return;
      }
      const active = [];
      chart.data.datasets.forEach((dataset, index) => {
        if (place >= 0 && !dataset.mark && chart.isDatasetVisible(index) && drawn(dataset.data[place])) {
          active.push({datasetIndex: index, index: place});
        }
      });
      chart.setActiveElements(active);
      chart.tooltip.setActiveElements(active, {x: 0, y: 0});
      chart.update('none');
      told.textContent = active.length ? reads(chart) : '';
    });
  }

  function drawn(point) {
    return point !== undefined && point !== null && !(typeof point === 'object' && point.y === null);
  }

  // Buttons that show and hide what is in the chart: Chart.js draws its own legend, which no keyboard reaches.
  function legend(chart, marks) {
    const list = document.getElementById(chart.canvas.id + '-legend');
    list.replaceChildren(...chart.data.datasets.map((dataset, index) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      const mark = document.createElement('span');
      button.type = 'button';
      button.setAttribute('aria-pressed', String(chart.isDatasetVisible(index)));
      mark.className = 'mark';
      mark.setAttribute('aria-hidden', 'true');
      mark.textContent = dataset.mark ? '┆' : marks ? MARKS[index % MARKS.length] : '■';
      mark.style.color = dataset.borderColor;
      button.append(mark, dataset.label);
      button.addEventListener('click', () => {
        const visible = !chart.isDatasetVisible(index);
        chart.setDatasetVisibility(index, visible);
        chart.update('none');
        button.setAttribute('aria-pressed', String(visible));
      });
      item.append(button);
      return item;
    }));
  }

  // Makes a chart anew: build() returns its configuration with the present colours.
  function show(id, build, marks) {
    const canvas = document.getElementById(id);
    if (!canvas) { return; }
    const made = {build, marks, chart: new Chart(canvas, build())};
    charts.push(made);
    keyboard(made.chart);
    legend(made.chart, marks);
  }

  function renew() {
    colours();
    charts.forEach((made) => {
      const wanted = made.build();
      made.chart.data = wanted.data;
      made.chart.options = wanted.options;
      made.chart.update('none');
      legend(made.chart, made.marks);
    });
  }

  function colours() {
    Chart.defaults.color = property('text');
    Chart.defaults.borderColor = property('line');
  }

  function changes() {
    return data.events.filter((event) => event.kind === 'generation');
  }

  function by() {
    return document.querySelector('input[name="by"]:checked').value;
  }

  // A figure over time: a line for each trunk, route or dialer, and a dashed one for each change of the description.
  function overTime(key) {
    const figure = data.figures[key];
    const lines = data.over_time[by()].map((row, index) => ({
      label: row.name, borderColor: series(index), backgroundColor: series(index), borderDash: DASHES[index % DASHES.length],
      pointStyle: POINTS[index % POINTS.length], borderWidth: 2, pointRadius: 4, pointHoverRadius: 6,
      data: row[key].map((value, place) => ({
        x: data.steps[place] + data.length / 2, y: value === null ? null : value * figure.factor,
      })),
    }));
    const marked = [];
    changes().forEach((event) => marked.push({x: event.begin, y: 0}, {x: event.begin, y: 1}, {x: event.begin, y: null}));
    if (marked.length) {
      lines.push({
        label: CHANGE, mark: true, data: marked, yAxisID: 'marks', borderColor: property('faint'), borderDash: [4, 4],
        borderWidth: 1, pointRadius: 0, pointHitRadius: 0,
      });
    }
    return {
      type: 'line', data: {datasets: lines},
      options: {
        scales: {
          x: timeAxis(),
          y: {beginAtZero: true, max: figure.unit === '%' ? 100 : undefined, afterFit: fixedWidth,
            title: {display: true, text: figure.unit || figure.title.toLowerCase()}},
          marks: {axis: 'y', display: false, min: 0, max: 1},
        },
        interaction: {mode: 'index', intersect: false},
        plugins: {tooltip: {
          filter: (item) => !item.dataset.mark,
          callbacks: {
            title: (items) => items.length ? 'from ' + moment(data.steps[items[0].dataIndex], true) : '',
            label: (item) => item.dataset.label + ': ' + number(item.parsed.y, figure.unit ? 1 : 0) + (figure.unit ? ' ' + figure.unit : ''),
          },
        }},
      },
    };
  }

  // Times out of service, a lane for each trunk, and the changes of the description in a lane of their own.
  function events() {
    const kinds = ['unreachable', 'suspended', 'in maintenance'];
    const out = data.events.filter((event) => event.kind !== 'generation');
    const lanes = [LANE].concat([...new Set(out.map((event) => event.trunk))].slice(0, 12));
    const datasets = kinds.map((kind, index) => ({
      label: kind, borderColor: series([1, 4, 0][index]), backgroundColor: series([1, 4, 0][index]), grouped: false, minBarLength: 4,
      event: out.filter((event) => event.kind === kind && lanes.includes(event.trunk)),
    }));
    datasets.push({label: CHANGE, borderColor: property('text'), backgroundColor: property('text'), grouped: false, minBarLength: 4, event: changes()});
    datasets.forEach((dataset) => {
      dataset.data = dataset.event.map((event) => ({
        x: [event.begin, event.kind === 'generation' ? event.begin : event.end === null ? Math.min(data.until, END) : Math.min(event.end, END)],
        y: event.trunk === undefined ? LANE : event.trunk,
      }));
    });
    const shown = datasets.filter((dataset) => dataset.data.length);
    const text = (item) => {
      const event = item.dataset.event[item.dataIndex];
      return (event.trunk === undefined ? CHANGE + ' by ' + event.who + (event.commit ? ', commit ' + event.commit : '')
        : event.trunk + ' on ' + event.dialer + ': ' + item.dataset.label) + ': ' + event.why;
    };
    return {
      type: 'bar', data: {labels: lanes, datasets: shown},
      options: {
        indexAxis: 'y',
        scales: {x: timeAxis(), y: {type: 'category', labels: lanes, afterFit: fixedWidth, ticks: {autoSkip: false, callback: (value) => short(lanes[value])}}},
        interaction: {mode: 'nearest', intersect: true},
        plugins: {tooltip: {callbacks: {
          title: (items) => items.length ? 'from ' + moment(items[0].dataset.event[items[0].dataIndex].begin, true) : '',
          label: text,
        }}},
      },
    };
  }

  // A bar for each row, of parts that are told apart by colour and, in the tooltip and the table, by name.
  function bars(rows, parts, unit, digits, max) {
    return {
      type: 'bar',
      data: {labels: rows, datasets: parts},
      options: {
        indexAxis: 'y',
        scales: {
          x: {stacked: true, beginAtZero: true, max, title: {display: true, text: unit}},
          y: {stacked: true, afterFit: fixedWidth, ticks: {autoSkip: false, callback: (value) => short(rows[value])}},
        },
        interaction: {mode: 'index', axis: 'y', intersect: false},
        plugins: {tooltip: {
          filter: (item) => item.parsed.x > 0,
          callbacks: {label: (item) => item.dataset.label + ': ' + number(item.parsed.x, digits) + (digits ? ' %' : '')},
        }},
      },
    };
  }

  function routes() {
    const names = [...new Set(data.trunks_of_routes.map((row) => row.route))].slice(0, 12);
    const known = data.over_time.trunk.map((row) => row.name);
    const part = (trunk) => (known.includes(trunk) ? trunk : OTHERS);
    const parts = known.concat(data.trunks_of_routes.some((row) => part(row.trunk) === OTHERS) ? [OTHERS] : []);
    return bars(names, parts.map((trunk, index) => ({
      label: trunk, borderColor: trunk === OTHERS ? property('faint') : series(index), borderWidth: 0,
      backgroundColor: trunk === OTHERS ? property('faint') : series(index),
      data: names.map((route) => data.trunks_of_routes.filter((row) => row.route === route && part(row.trunk) === trunk)
        .reduce((sum, row) => sum + (row.share || 0) * 100, 0)),
    })), 'share of the attempts (%)', 1, 100);
  }

  function causes() {
    const rows = data.causes.map((row) => row.cause + ' ' + row.meaning);
    const faults = [['number', 'the number failed', 0], ['trunk', 'the trunk failed', 1], ['either', 'either', 3]];
    return bars(rows, faults.map(([fault, label, colour]) => ({
      label, borderColor: series(colour), backgroundColor: series(colour), data: data.causes.map((row) => (row.fault === fault ? row.attempts : 0)),
    })), 'attempts', 0);
  }

  // Shows the tables and notes of the choice, and hides the others.
  function choose() {
    document.querySelectorAll('[data-by]').forEach((one) => { one.hidden = one.dataset.by !== by(); });
  }

  Object.assign(Chart.defaults, {animation: false, responsive: true, maintainAspectRatio: false});
  Chart.defaults.layout.autoPadding = false; // which differs between lines and bars
  Chart.defaults.layout.padding = {right: 8, top: 8};
  Chart.defaults.plugins.legend.display = false;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  colours();
  choose();
  Object.keys(data.figures).forEach((key) => show('chart-' + key, () => overTime(key), true));
  show('chart-events', events);
  show('chart-routes', routes);
  show('chart-causes', causes);
  document.querySelectorAll('input[name="by"]').forEach((one) => one.addEventListener('change', () => { choose(); renew(); }));
  ['(prefers-color-scheme: dark)', 'print'].forEach((query) => matchMedia(query).addEventListener('change', renew));
}());
